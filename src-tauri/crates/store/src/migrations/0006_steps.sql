-- How far an operation came that takes several requests, where it failed and some of it was done.
ALTER TABLE operation ADD COLUMN steps TEXT;
