// Keeps the address in step with the chosen variant, so that a copied link leads to it.
for (const select of document.querySelectorAll(".product__form select[name=id]")) {
  select.addEventListener("change", () => {
    const url = new URL(location.href);
    url.searchParams.set("variant", select.value);
    history.replaceState(null, "", url);
  });
}

// Closes an open submenu with Escape and gives the focus back to its parent.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.activeElement?.closest(".header__nav li.is-open");
  if (!open) return;
  event.preventDefault();
  open.classList.remove("is-open");
  open.querySelector("a")?.focus();
});