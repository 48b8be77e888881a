//! From DICOM files to every DVH: what a planning-system script waits for.
//!
//! `files_to_dvhs write FOLDER` writes the bench case (22 structures, 2 mm dose); `files_to_dvhs FOLDER [REPEATS]`
//! reads it and calculates every DVH, the first time as a fresh process does.
#![allow(clippy::print_stdout)]

use hepadose::demo::{DemoOptions, build, write};
use hepadose::dicom::{CaseOptions, read_case};
use hepadose::dvh::{DvhSettings, dvhs};
use hepadose::progress::Progress;
use hepadose::structure::Structure;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [word, folder] if word == "write" => {
            write(&build(&DemoOptions::bench())?, Path::new(folder))?;
        }
        [folder] => measure(Path::new(folder), 1)?,
        [folder, repeats] => measure(Path::new(folder), repeats.parse()?)?,
        _ => return Err("usage: files_to_dvhs [write] FOLDER [REPEATS]".into()),
    }
    Ok(())
}

fn measure(folder: &Path, repeats: usize) -> Result<(), Box<dyn Error>> {
    for _ in 0..repeats {
        let start = Instant::now();
        let case = read_case(folder, &CaseOptions::default())?;
        let read = start.elapsed();
        let dose = case.dose.as_ref().ok_or("the folder has no dose")?;
        let solid: Vec<&Structure> = case
            .structures
            .iter()
            .filter(|one| one.is_solid())
            .collect();
        let results = dvhs(dose, &solid, &DvhSettings::default(), &Progress::new());
        let volume: f64 = results
            .iter()
            .flatten()
            .map(hepadose::dvh::Dvh::volume_cc)
            .sum();
        println!(
            "{:.1} ms: read {:.1} ms, {} DVHs of {volume:.1} cc",
            1e3 * start.elapsed().as_secs_f64(),
            1e3 * read.as_secs_f64(),
            results.len()
        );
    }
    Ok(())
}
