//! Lets Tauri embed the configuration, the capability file and the built UI.

use std::{fs, process};

fn main() {
    // Tauri embeds this folder at compile time; before the first UI build an empty one is enough.
    if let Err(error) = fs::create_dir_all("ui/dist") {
        println!("cargo:warning=ui/dist cannot be made: {error}");
        process::exit(1);
    }
    println!("cargo:rerun-if-changed=ui/dist");
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    // Naming the commands here makes Tauri refuse every one that the capability file does not allow.
    let commands = tauri_build::AppManifest::new().commands(&["call"]);
    let attributes = tauri_build::Attributes::new()
        .app_manifest(commands)
        .capabilities_path_pattern("src-tauri/capabilities/*.json");
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo:warning={error:#}");
        process::exit(1);
    }
}
