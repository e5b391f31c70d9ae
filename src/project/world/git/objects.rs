//! A repository's objects, all through one `git cat-file`: a push may bring thousands of commits, and starting git for
//! each takes minutes.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::Mutex;

use super::super::locked;
use super::{GitError, command};

/// An object that is larger is not read.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// How many bytes are requested at once: even the smallest pipe holds them while git waits for its responses to be read.
const MOST_ASKED: usize = 4096;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A commit.
    Commit,
    /// A folder.
    Tree,
    /// A file, or where a symbolic link leads.
    Blob,
    /// An annotated tag.
    Tag,
}

/// An object.
#[derive(Debug)]
pub struct Object {
    /// Its name.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Its content; `None`: it is too large to be read.
    pub bytes: Option<Vec<u8>>,
}

/// The objects of one repository.
#[derive(Debug)]
pub struct Objects(Mutex<Running>);

#[derive(Debug)]
struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Objects {
    /// Those of the repository around a folder.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn open(folder: &Path) -> Result<Self, GitError> {
        let mut command = command(folder)?;
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(GitError::Missing)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => {
                Ok(Self(Mutex::new(Running { child, input, output: BufReader::new(output) })))
            }
            _ => Err(GitError::Broken(io::ErrorKind::BrokenPipe.into())),
        }
    }

    /// The object that a revision without a line break names; `None`: this repository does not have it.
    ///
    /// # Errors
    /// When git ends, as it does over a damaged object.
    pub fn get(&self, revision: &str) -> Result<Option<Object>, GitError> {
        let mut running = locked(&self.0);
        running.ask(&[revision]).and_then(|()| running.answer()).map_err(GitError::Broken)
    }

    /// What `read` makes of many objects, in the order of their revisions: to wait for git after each question takes longer
    /// than all else that is done with them. Only one object is held at a time.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn get_all<T>(&self, revisions: &[&str], read: impl Fn(Option<Object>) -> T) -> Result<Vec<T>, GitError> {
        let mut running = locked(&self.0);
        let mut objects = Vec::with_capacity(revisions.len());
        let mut rest = revisions;
        while !rest.is_empty() {
            let mut length = 0;
            let fits = |revision: &&&str| {
                length += revision.len() + 1;
                length <= MOST_ASKED
            };
            let (asked, later) = rest.split_at(rest.iter().take_while(fits).count().max(1));
            running.ask(asked).map_err(GitError::Broken)?;
            for _ in asked {
                objects.push(read(running.answer().map_err(GitError::Broken)?));
            }
            rest = later;
        }
        Ok(objects)
    }
}

impl Running {
    fn ask(&mut self, revisions: &[&str]) -> io::Result<()> {
        let mut lines = revisions.join("\n");
        lines.push('\n');
        self.input.write_all(lines.as_bytes())?;
        self.input.flush()
    }

    fn answer(&mut self) -> io::Result<Option<Object>> {
        let mut head = String::new();
        self.output.read_line(&mut head)?;
        let head = head.strip_suffix('\n').ok_or(io::ErrorKind::UnexpectedEof)?;
        // `<object> <kind> <size>`, or `<revision> missing`, or `ambiguous`.
        let fields: Vec<&str> = head.split(' ').collect();
        let [id, kind, size] = fields[..] else { return Ok(None) };
        let (Some(kind), Ok(size)) = (kind_of(kind), size.parse::<u64>()) else { return Ok(None) };
        let mut content = self.output.by_ref().take(size);
        let bytes = if size > MOST_BYTES {
            io::copy(&mut content, &mut io::sink())?;
            None
        } else {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes)?;
            Some(bytes)
        };
        self.output.read_exact(&mut [0])?;
        Ok(Some(Object { id: id.to_owned(), kind, bytes }))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn kind_of(word: &str) -> Option<Kind> {
    Some(match word {
        "commit" => Kind::Commit,
        "tree" => Kind::Tree,
        "blob" => Kind::Blob,
        "tag" => Kind::Tag,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::git;
    use super::*;

    #[test]
    fn more_objects_than_are_requested_at_once_come_in_the_order_of_their_revisions() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        git(root, &["init", "--quiet", "repository"], b"").unwrap();
        let root = root.join("repository");
        let texts: Vec<String> = (0..25).map(|number| format!("text {number}")).collect();
        let write = |text: &String| {
            let written = git(&root, &["hash-object", "-w", "--stdin"], text.as_bytes()).unwrap();
            String::from_utf8(written).unwrap().trim().to_owned()
        };
        let names: Vec<String> = texts.iter().map(write).collect();
        let (missing, long) = ("0".repeat(40), "f".repeat(2 * MOST_ASKED));
        let mut revisions = Vec::new();
        let mut expected = Vec::new();
        for _ in 0..10 {
            for (name, text) in names.iter().zip(&texts) {
                revisions.push(name.as_str());
                expected.push(Some(text.clone()));
            }
            revisions.extend([missing.as_str(), &long]);
            expected.extend([None, None]);
        }
        assert!(revisions.iter().map(|revision| revision.len()).sum::<usize>() > 3 * MOST_ASKED);
        let text = |object: Option<Object>| object.map(|object| String::from_utf8(object.bytes.unwrap()).unwrap());
        let objects = Objects::open(&root).unwrap();
        assert_eq!(objects.get_all(&revisions, text).unwrap(), expected);
        assert!(objects.get_all(&[], text).unwrap().is_empty());
        // Nothing of an answer is left for the next question.
        assert_eq!(text(objects.get(&names[3]).unwrap()).as_ref(), Some(&texts[3]));
    }
}
