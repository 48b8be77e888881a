//! New UIDs: `2.25.` and a 128-bit number, from the system's randomness or from a seed.

use sha2::{Digest, Sha256};
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The root under which a UUID is a UID without anybody's registration (PS3.5 B.2).
const UUID_ROOT: &str = "2.25.";

/// A UID that no other object has.
///
/// The randomness is that of the standard library's hash keys, which the operating system seeds, with
/// time, process and a counter hashed in.
pub fn new_uid() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let mut hash = Sha256::new();
    for _ in 0..4 {
        hash.update(RandomState::new().build_hasher().finish().to_le_bytes());
    }
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    hash.update(since.as_nanos().to_le_bytes());
    hash.update(std::process::id().to_le_bytes());
    hash.update(COUNTER.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    uid_of(&hash.finalize())
}

/// The UID that a seed always gives to an object: the writers call theirs `RTDOSE`, `RTSTRUCT`, `RTPLAN`,
/// `study` and `frame`, so that a seeded plan can be referred to before it is written.
pub fn seeded_uid(seed: u64, object: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"hepadose uid");
    hash.update(seed.to_le_bytes());
    hash.update(object.as_bytes());
    uid_of(&hash.finalize())
}

fn uid_of(hash: &[u8]) -> String {
    let mut bytes = [0; 16];
    for (byte, hashed) in bytes.iter_mut().zip(hash) {
        *byte = *hashed;
    }
    // Version and variant of a UUID (RFC 9562): 8, made as the maker likes.
    bytes[6] = (bytes[6] & 0x0F) | 0x80;
    bytes[8] = (bytes[8] & 0x3F) | 0x80;
    format!("{UUID_ROOT}{}", u128::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_are_valid_and_differ() {
        let uids: std::collections::HashSet<String> = (0..1000).map(|_| new_uid()).collect();
        assert_eq!(uids.len(), 1000);
        assert!(uids.iter().all(|uid| uid.len() <= 64
            && uid.starts_with("2.25.")
            && uid[5..].bytes().all(|b| b.is_ascii_digit())
            && !uid.starts_with("2.25.0")));
        assert_eq!(seeded_uid(7, "study"), seeded_uid(7, "study"));
        assert_ne!(seeded_uid(7, "study"), seeded_uid(8, "study"));
        assert_ne!(seeded_uid(7, "study"), seeded_uid(7, "frame"));
    }
}
