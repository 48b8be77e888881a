//! NRRD: a text header and raw voxels, which `SimpleITK`, 3D Slicer and ITK-SNAP open.
//!
//! Only what the demo needs: three dimensions, patient coordinates (left, posterior, superior), little
//! endian, not compressed. See the format's definition at teem.sourceforge.net/nrrd/format.html.

use crate::geometry::vector::Vector;
use crate::geometry::{Grid, GridError};

/// Longest header that is read, in bytes.
const LONGEST_HEADER: usize = 1 << 16;

/// Why bytes are no NRRD image that can be read here.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NrrdError {
    /// No NRRD file, or one without the empty line after its header.
    #[error("not an NRRD file: it must begin with NRRD and have an empty line after its header")]
    NotNrrd,
    /// A field is missing, or says something that is not read here.
    #[error("NRRD field '{field}' must be {allowed}, got '{got}'")]
    Field {
        /// Name of the field.
        field: &'static str,
        /// What would be read.
        allowed: &'static str,
        /// What it says.
        got: String,
    },
    /// Another number of voxel bytes than the header promises.
    #[error(
        "the NRRD header promises {expected} bytes of voxels, the file has {got}; it is cut short or damaged"
    )]
    Size {
        /// Promised.
        expected: usize,
        /// There.
        got: usize,
    },
    /// A geometry that no grid has.
    #[error(transparent)]
    Grid(#[from] GridError),
}

/// Voxel values in C order `(slice, row, column)`.
#[derive(Debug, Clone, PartialEq)]
pub enum NrrdVoxels {
    /// Single precision.
    F32(Vec<f32>),
    /// Whole numbers.
    U32(Vec<u32>),
}

/// An image with what its header says.
#[derive(Debug, Clone, PartialEq)]
pub struct Nrrd {
    /// Where the voxels lie.
    pub grid: Grid,
    /// The voxels.
    pub voxels: NrrdVoxels,
    /// Keys and values, such as the unit.
    pub notes: Vec<(String, String)>,
}

fn triple(vector: Vector) -> String {
    format!("({},{},{})", vector[0], vector[1], vector[2])
}

impl Nrrd {
    /// The bytes of the file.
    ///
    /// # Errors
    /// Frames that are unevenly spaced.
    pub fn to_bytes(&self) -> Result<Vec<u8>, NrrdError> {
        let affine = self.grid.affine()?;
        let column = |c: usize| triple([affine[0][c], affine[1][c], affine[2][c]]);
        let [frames, rows, columns] = self.grid.shape();
        let kind = match self.voxels {
            NrrdVoxels::F32(_) => "float",
            NrrdVoxels::U32(_) => "uint32",
        };
        let mut header = format!(
            "NRRD0004\ntype: {kind}\ndimension: 3\nspace: left-posterior-superior\n\
             sizes: {columns} {rows} {frames}\nspace directions: {} {} {}\nkinds: domain domain domain\n\
             endian: little\nencoding: raw\nspace origin: {}\n",
            column(0),
            column(1),
            column(2),
            column(3)
        );
        header.extend(
            self.notes
                .iter()
                .map(|(key, value)| format!("{key}:={value}\n")),
        );
        header.push('\n');
        let mut bytes = header.into_bytes();
        match &self.voxels {
            NrrdVoxels::F32(values) => bytes.extend(values.iter().flat_map(|v| v.to_le_bytes())),
            NrrdVoxels::U32(values) => bytes.extend(values.iter().flat_map(|v| v.to_le_bytes())),
        }
        Ok(bytes)
    }

    /// The image in the bytes of a file.
    ///
    /// # Errors
    /// Anything but what [`Nrrd::to_bytes`] writes, and sizes that do not fit the file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NrrdError> {
        let end = bytes
            .windows(2)
            .take(LONGEST_HEADER)
            .position(|pair| pair == b"\n\n")
            .ok_or(NrrdError::NotNrrd)?;
        let header = std::str::from_utf8(&bytes[..end]).map_err(|_| NrrdError::NotNrrd)?;
        let data = &bytes[end + 2..];
        if !header.starts_with("NRRD") {
            return Err(NrrdError::NotNrrd);
        }
        let header = Header(header);
        header.must("dimension", "3")?;
        header.must("space", "left-posterior-superior")?;
        header.must("endian", "little")?;
        header.must("encoding", "raw")?;
        let [columns, rows, frames] = header.sizes()?;
        let expected = [columns, rows, frames]
            .iter()
            .try_fold(4_usize, |product, n| product.checked_mul(*n))
            .unwrap_or(usize::MAX);
        if expected != data.len() {
            return Err(NrrdError::Size {
                expected,
                got: data.len(),
            });
        }
        let words = data.as_chunks::<4>().0.iter().copied();
        let voxels = match header.field("type") {
            "float" => NrrdVoxels::F32(words.map(f32::from_le_bytes).collect()),
            "uint32" => NrrdVoxels::U32(words.map(u32::from_le_bytes).collect()),
            got => return Err(unreadable("type", "float or uint32", got)),
        };
        Ok(Self {
            grid: header.grid([frames, rows, columns])?,
            voxels,
            notes: header.notes(),
        })
    }
}

fn unreadable(field: &'static str, allowed: &'static str, got: &str) -> NrrdError {
    NrrdError::Field {
        field,
        allowed,
        got: got.chars().take(80).collect(),
    }
}

/// The text before the empty line.
struct Header<'a>(&'a str);

impl<'a> Header<'a> {
    /// What a field says; nothing when it is missing.
    fn field(&self, name: &str) -> &'a str {
        self.0
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            .map_or("", str::trim)
    }

    fn must(&self, name: &'static str, allowed: &'static str) -> Result<(), NrrdError> {
        let got = self.field(name);
        if got == allowed {
            Ok(())
        } else {
            Err(unreadable(name, allowed, got))
        }
    }

    fn sizes(&self) -> Result<[usize; 3], NrrdError> {
        let text = self.field("sizes");
        let sizes: Vec<usize> = text.split(' ').filter_map(|n| n.parse().ok()).collect();
        <[usize; 3]>::try_from(sizes).map_err(|_| unreadable("sizes", "three whole numbers", text))
    }

    fn vectors<const N: usize>(&self, name: &'static str) -> Result<[Vector; N], NrrdError> {
        let text = self.field(name);
        let vector = |part: &str| -> Option<Vector> {
            let inner = part.strip_prefix('(')?.strip_suffix(')')?;
            let numbers: Option<Vec<f64>> = inner.split(',').map(|n| n.parse().ok()).collect();
            numbers?.try_into().ok()
        };
        text.split(' ')
            .map(vector)
            .collect::<Option<Vec<Vector>>>()
            .and_then(|vectors| vectors.try_into().ok())
            .ok_or_else(|| unreadable(name, "vectors such as (1,0,0)", text))
    }

    fn grid(&self, shape: [usize; 3]) -> Result<Grid, NrrdError> {
        let [i, j, k] = self.vectors::<3>("space directions")?;
        let [origin] = self.vectors::<1>("space origin")?;
        let row = |axis: usize| [i[axis], j[axis], k[axis], origin[axis]];
        let affine = [row(0), row(1), row(2), [0.0, 0.0, 0.0, 1.0]];
        Ok(Grid::from_affine(shape, affine)?)
    }

    fn notes(&self) -> Vec<(String, String)> {
        self.0
            .lines()
            .filter_map(|line| line.split_once(":="))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> Nrrd {
        let axes = [[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0]];
        let grid = Grid::new([2, 3, 4], [2.5, 1.25, 3.0], [-10.5, 20.0, 0.1], axes).unwrap();
        let voxels = NrrdVoxels::F32((0..24_u8).map(|n| f32::from(n) / 7.0).collect());
        let notes = vec![("unit".to_owned(), "Bq/mL".to_owned())];
        Nrrd {
            grid,
            voxels,
            notes,
        }
    }

    #[test]
    fn comes_back_as_it_was() {
        let image = image();
        let bytes = image.to_bytes().unwrap();
        let again = Nrrd::from_bytes(&bytes).unwrap();
        assert!(again.grid.same_geometry(&image.grid, 1e-12));
        assert_eq!((again.voxels, again.notes), (image.voxels, image.notes));
        let header = String::from_utf8_lossy(&bytes[..bytes.len() - 96]).into_owned();
        assert!(header.contains("\nsizes: 4 3 2\n") && header.ends_with("unit:=Bq/mL\n\n"));
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        let bytes = image().to_bytes().unwrap();
        let cut = Nrrd::from_bytes(&bytes[..bytes.len() - 1]).unwrap_err();
        let size = NrrdError::Size {
            expected: 96,
            got: 95,
        };
        assert_eq!(cut, size);
        assert_eq!(Nrrd::from_bytes(b"P5\n\n"), Err(NrrdError::NotNrrd));
        assert_eq!(Nrrd::from_bytes(&bytes[..40]), Err(NrrdError::NotNrrd));
        let text = |from: &str, to: &str| {
            let split = bytes.len() - 96;
            let header = String::from_utf8_lossy(&bytes[..split]).replace(from, to);
            let changed = [header.as_bytes(), &bytes[split..]].concat();
            Nrrd::from_bytes(&changed).unwrap_err().to_string()
        };
        assert!(text("encoding: raw", "encoding: gzip").contains("must be raw, got 'gzip'"));
        assert!(text("sizes: 4 3 2", "sizes: 4 3").contains("three whole numbers"));
        let huge = "sizes: 4000000000 4000000000 4000000000";
        assert!(text("sizes: 4 3 2", huge).contains("promises"));
        assert!(text("(2.5,0,0)", "(nan,0,0)").contains("spacing"));
        assert!(text("(2.5,0,0)", "2.5").contains("vectors such as"));
    }
}
