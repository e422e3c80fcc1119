//! Gives page and program the mark of the encoding they share (`src/wire.rs`): a hash of every type that crosses it. A page
//! of another build with the same types goes on; one with others is told to load itself anew.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let mut files = vec![PathBuf::from("src/api.rs"), PathBuf::from("src/wire.rs")];
    collect(Path::new("src/types"), &mut files)?;
    files.sort();
    // FNV-1a, 64 bits
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for file in files {
        println!("cargo:rerun-if-changed={}", file.display());
        for byte in fs::read(&file)? {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    println!("cargo:rerun-if-changed=src/types");
    println!("cargo:rustc-env=SQUAD_WIRE={hash:016x}");
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
