//! The crate's modules are layers in one direction, and no modules need each other in a circle. Both are read off the paths in
//! the code, `use` or not; what is there for tests alone does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, File, ImplItemFn, Item, ItemUse, UseTree};

/// From the bottom to the top. A layer imports itself and those before it.
const LAYERS: [&str; 10] =
    ["text", "npm", "project", "facts", "publisher", "plan", "rules", "report", "registry", "commands"];
/// What the network client, which only the commands use, imports of the others.
const BELOW_REGISTRY: [&str; 5] = ["text", "npm", "project", "facts", "registry"];

/// A module, as the path of its names below the crate.
type Module = Vec<String>;

/// Module -> the paths in it, absolute.
type Paths = BTreeMap<Module, BTreeSet<Module>>;

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

/// Collects the paths in a file, with those of its modules in files of their own.
struct Reader {
    module: Module,
    folder: PathBuf,
    paths: Paths,
}

impl Reader {
    fn read_crate() -> Paths {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut reader = Self { module: Vec::new(), folder: folder.clone(), paths: Paths::new() };
        reader.read_file(&folder.join("lib.rs"));
        reader.paths
    }

    fn read_file(&mut self, path: &Path) {
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let file: File = syn::parse_file(&text).unwrap();
        self.paths.entry(self.module.clone()).or_default();
        self.visit_file(&file);
    }

    fn note(&mut self, path: &[String]) {
        // `pub(crate)` and `pub(super)`.
        if path.len() < 2 {
            return;
        }
        let path = match path.first().map(String::as_str) {
            Some("crate") => path[1..].to_vec(),
            Some("super") => {
                let up = path.iter().take_while(|segment| *segment == "super").count();
                let base = &self.module[..self.module.len().saturating_sub(up)];
                [base, &path[up..]].concat()
            }
            _ => return,
        };
        self.paths.entry(self.module.clone()).or_default().insert(path);
    }

    fn note_tree(&mut self, tree: &UseTree, before: &[String]) {
        match tree {
            UseTree::Path(path) => self.note_tree(&path.tree, &[before, &[path.ident.to_string()]].concat()),
            UseTree::Name(name) if name.ident == "self" => self.note(before),
            UseTree::Name(name) => self.note(&[before, &[name.ident.to_string()]].concat()),
            UseTree::Rename(rename) => self.note(&[before, &[rename.ident.to_string()]].concat()),
            UseTree::Glob(_) => self.note(before),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.note_tree(item, before)),
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Mod(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if is_for_tests(attributes) {
            return;
        }
        let Item::Mod(module) = item else { return visit::visit_item(self, item) };
        let name = module.ident.to_string();
        let (outer, folder) = (self.module.clone(), self.folder.clone());
        self.module.push(name.clone());
        self.folder.push(&name);
        if module.content.is_some() {
            visit::visit_item_mod(self, module);
        } else {
            let beside = folder.join(format!("{name}.rs"));
            let inside = self.folder.join("mod.rs");
            self.read_file(if beside.is_file() { &beside } else { &inside });
        }
        (self.module, self.folder) = (outer, folder);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        if !is_for_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.note_tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.note(&segments);
        visit::visit_path(self, path);
    }
}

/// Module -> the modules that it imports from: for each path the innermost module that it leads into.
fn arrows() -> BTreeMap<Module, BTreeSet<Module>> {
    let paths = Reader::read_crate();
    let module_of = |path: &Module| {
        let prefixes = (0..=path.len()).rev().map(|length| &path[..length]);
        prefixes.into_iter().find(|prefix| paths.contains_key(*prefix)).unwrap_or_default().to_vec()
    };
    paths.iter().map(|(module, all)| (module.clone(), all.iter().map(module_of).collect())).collect()
}

#[test]
fn a_layer_imports_only_layers_below_it() {
    let place = |module: &Module| module.first().map(|name| LAYERS.iter().position(|layer| layer == name));
    let mut upward = Vec::new();
    for (from, all) in arrows() {
        let Some(own) = place(&from) else { continue };
        for to in all {
            let is_allowed = match place(&to) {
                None => false,
                Some(other) if LAYERS[own.unwrap()] == "registry" => BELOW_REGISTRY.contains(&LAYERS[other.unwrap()]),
                Some(other) => other <= own && (from[0] == "commands" || from[0] == "registry" || to[0] != "registry"),
            };
            if !is_allowed {
                upward.push(format!("{} imports {}", from.join("::"), to.join("::")));
            }
        }
    }
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn modules_do_not_import_each_other_in_a_circle() {
    let arrows = arrows();
    let folders: BTreeSet<&[String]> =
        arrows.keys().filter_map(|module| module.split_last().map(|(_, folder)| folder)).collect();
    let mut circles = Vec::new();
    for folder in folders {
        let child = |module: &Module| module.strip_prefix(folder).and_then(|below| below.first().cloned());
        let mut siblings: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, all) in &arrows {
            let Some(from) = child(from) else { continue };
            let others = all.iter().filter_map(child).filter(|to| *to != from);
            siblings.entry(from.clone()).or_default().extend(others);
        }
        let left = without_leaves(siblings);
        if !left.is_empty() {
            circles.push((folder.join("::"), left));
        }
    }
    assert!(circles.is_empty(), "{circles:#?}");
}

/// What stays of a graph when again and again everything is taken away that leads nowhere, or that nothing leads to.
fn without_leaves(mut graph: BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, BTreeSet<String>> {
    loop {
        let count = graph.len();
        let reached: BTreeSet<String> = graph.values().flatten().cloned().collect();
        graph.retain(|node, all| !all.is_empty() && reached.contains(node));
        let kept: BTreeSet<String> = graph.keys().cloned().collect();
        for all in graph.values_mut() {
            all.retain(|to| kept.contains(to));
        }
        if graph.len() == count {
            return graph;
        }
    }
}

/// Adds the files of the modules that are named in items, those of tests as well.
fn add_files(items: &[Item], folder: &Path, files: &mut BTreeSet<PathBuf>) {
    for item in items {
        let Item::Mod(module) = item else { continue };
        let inner = folder.join(module.ident.to_string());
        if let Some((_, items)) = &module.content {
            add_files(items, &inner, files);
            continue;
        }
        let beside = inner.with_extension("rs");
        let file = if beside.is_file() { beside } else { inner.join("mod.rs") };
        let text = std::fs::read_to_string(&file).unwrap();
        add_files(&syn::parse_file(&text).unwrap().items, &inner, files);
        files.insert(file);
    }
}

fn add_sources(folder: &Path, files: &mut BTreeSet<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add_sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.insert(path);
        }
    }
}

/// A rule, a vendor or a test in a file that no `mod` line names is not compiled, which nothing would notice.
#[test]
fn every_source_file_has_a_mod_line() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut there, mut named) = (BTreeSet::new(), BTreeSet::new());
    add_sources(&folder, &mut there);
    for root in ["lib.rs", "main.rs"].map(|root| folder.join(root)) {
        let text = std::fs::read_to_string(&root).unwrap();
        add_files(&syn::parse_file(&text).unwrap().items, &folder, &mut named);
        named.insert(root);
    }
    let forgotten: Vec<_> = there.difference(&named).collect();
    assert!(forgotten.is_empty(), "no `mod` line names {forgotten:#?}");
}
