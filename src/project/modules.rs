//! What a file of JavaScript loads as soon as it is loaded itself, and how it is written. The only place that parses JavaScript.
//!
//! Only what runs for certain counts: static imports, and `require` with a text outside of functions, branches, loops and `try`. A text that
//! is large, nested deep, or no JavaScript as far as the parser knows is not read at all.

mod nesting;
pub mod reach;

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    Argument, ArrayExpressionElement, AssignmentExpression, AssignmentTarget, BindingPattern, Expression,
    ObjectPropertyKind, Program, PropertyKind, Statement, UnaryOperator, VariableDeclaration,
};
use oxc_parser::{ParseOptions, Parser};
use oxc_span::SourceType;

/// The largest file that is parsed, in bytes.
pub const MAX_SOURCE: u64 = 1024 * 1024;
/// The stack that the parser gets, in bytes, for what is nested deep: it calls itself for that.
const STACK: usize = 64 * 1024 * 1024;
/// How many levels fit on a thread's default stack; most files have fewer.
const SHALLOW: usize = 12;
/// How deep an expression is looked into.
const MOST_DEPTH: usize = 100;

/// How a file is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A module: `.mjs`, or `"type": "module"`.
    Module,
    /// `CommonJS` because something says so: `.cjs`, or `"type": "commonjs"`.
    CommonJs,
    /// `CommonJS`, or a module if it has the syntax of one: Node looks at the text where nothing says what it is.
    Either,
}

/// Another file, or a package, that is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// What is written.
    pub specifier: String,
    /// The line, from 1 on.
    pub line: usize,
    /// By `require`, and not by `import` or `export`.
    pub is_require: bool,
}

/// What is found in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// What it loads.
    pub imports: Vec<Import>,
    /// It has `import`, `export` or `import.meta`.
    pub is_module: bool,
    /// It uses what only `CommonJS` has, and does not define it: what, and the line.
    pub commonjs: Option<(&'static str, usize)>,
}

/// Reads a file; `None`: it was not read.
pub fn scan(text: &str, goal: Goal) -> Option<Scan> {
    if text.len() as u64 > MAX_SOURCE {
        return None;
    }
    if nesting::depth(text)? <= SHALLOW {
        return parsed(text, goal);
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || parsed(text, goal)).ok()?;
        // A parser that panics has not read it.
        thread.join().ok().flatten()
    })
}

fn parsed(text: &str, goal: Goal) -> Option<Scan> {
    let allocator = Allocator::default();
    let source = if goal == Goal::Module { SourceType::mjs() } else { SourceType::unambiguous() };
    let options = ParseOptions { allow_return_outside_function: goal != Goal::Module, ..ParseOptions::default() };
    let read = Parser::new(&allocator, text, source).with_options(options).parse();
    if read.panicked || !read.diagnostics.is_empty() {
        return None;
    }
    let is_module = read.module_record.has_module_syntax;
    let mut walk =
        Walk { text, scan: Scan { is_module, ..Scan::default() }, defined: Defined::of(&read.program), is_over: false };
    for statement in &read.program.body {
        walk.statement(statement, 0);
    }
    Some(walk.scan)
}

/// Which names of `CommonJS` a file defines itself.
#[derive(Default)]
struct Defined {
    require: bool,
    module: bool,
    exports: bool,
}

impl Defined {
    fn of(program: &Program<'_>) -> Self {
        let mut defined = Self::default();
        for statement in &program.body {
            match statement {
                Statement::ImportDeclaration(import) => {
                    for specifier in import.specifiers.iter().flatten() {
                        defined.add(specifier.local().name.as_str());
                    }
                }
                Statement::VariableDeclaration(variables) => defined.add_all(variables),
                Statement::ExportDeclaration(export) => {
                    if let oxc_ast::ast::Declaration::VariableDeclaration(variables) = &export.declaration {
                        defined.add_all(variables);
                    }
                }
                Statement::FunctionDeclaration(function) => {
                    defined.add(function.id.as_ref().map_or("", |id| id.name.as_str()));
                }
                // `require = createRequire(...)`, or a bundler's own.
                Statement::ExpressionStatement(statement) => {
                    if let Expression::AssignmentExpression(assignment) = &statement.expression
                        && let AssignmentTarget::AssignmentTargetIdentifier(name) = &assignment.left
                    {
                        defined.add(name.name.as_str());
                    }
                }
                _ => {}
            }
        }
        defined
    }

    fn add(&mut self, name: &str) {
        match name {
            "require" => self.require = true,
            "module" => self.module = true,
            "exports" => self.exports = true,
            _ => {}
        }
    }

    fn add_all(&mut self, variables: &VariableDeclaration<'_>) {
        for declared in &variables.declarations {
            self.add_pattern(&declared.id, 0);
        }
    }

    fn add_pattern(&mut self, pattern: &BindingPattern<'_>, depth: usize) {
        match pattern {
            _ if depth > MOST_DEPTH => {}
            BindingPattern::BindingIdentifier(name) => self.add(name.name.as_str()),
            BindingPattern::ObjectPattern(object) => {
                for property in &object.properties {
                    self.add_pattern(&property.value, depth + 1);
                }
            }
            BindingPattern::ArrayPattern(array) => {
                for element in array.elements.iter().flatten() {
                    self.add_pattern(element, depth + 1);
                }
            }
            BindingPattern::AssignmentPattern(assigned) => self.add_pattern(&assigned.left, depth + 1),
        }
    }
}

struct Walk<'t> {
    text: &'t str,
    scan: Scan,
    defined: Defined,
    /// What follows may not run.
    is_over: bool,
}

impl Walk<'_> {
    fn line(&self, offset: u32) -> usize {
        let before = self.text.get(..offset as usize).unwrap_or_default();
        memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1
    }

    fn import(&mut self, specifier: &str, offset: u32, is_require: bool) {
        let line = self.line(offset);
        self.scan.imports.push(Import { specifier: specifier.to_owned(), line, is_require });
    }

    fn commonjs(&mut self, what: &'static str, offset: u32) {
        if self.scan.commonjs.is_none() {
            self.scan.commonjs = Some((what, self.line(offset)));
        }
    }

    fn statement(&mut self, statement: &Statement<'_>, depth: usize) {
        if depth > MOST_DEPTH {
            return;
        }
        match statement {
            Statement::ImportDeclaration(import) if import.phase.is_none() => {
                self.import(&import.source.value, import.span.start, false);
            }
            Statement::ExportFromDeclaration(export) => self.import(&export.source.value, export.span.start, false),
            Statement::ExportAllDeclaration(export) => self.import(&export.source.value, export.span.start, false),
            _ if self.is_over => {}
            Statement::ExportDeclaration(export) => {
                if let oxc_ast::ast::Declaration::VariableDeclaration(variables) = &export.declaration {
                    self.variables(variables, depth);
                }
            }
            Statement::ExportDefaultDeclaration(export) => {
                if let Some(expression) = export.declaration.as_expression() {
                    self.expression(expression, depth + 1);
                }
            }
            Statement::VariableDeclaration(variables) => self.variables(variables, depth),
            Statement::ExpressionStatement(statement) => self.expression(&statement.expression, depth + 1),
            Statement::BlockStatement(block) => {
                for inner in &block.body {
                    self.statement(inner, depth + 1);
                }
            }
            Statement::IfStatement(branch) => {
                self.expression(&branch.test, depth + 1);
                self.is_over |=
                    ends(&branch.consequent, 0) || branch.alternate.as_ref().is_some_and(|other| ends(other, 0));
            }
            Statement::ReturnStatement(end) => {
                if let Some(value) = &end.argument {
                    self.expression(value, depth + 1);
                }
                self.is_over = true;
            }
            Statement::ThrowStatement(_) => self.is_over = true,
            // Another part of the file decides whether it goes on.
            Statement::TryStatement(_) | Statement::SwitchStatement(_) | Statement::LabeledStatement(_) => {
                self.is_over |= ends(statement, 0);
            }
            _ => {}
        }
    }

    fn variables(&mut self, variables: &VariableDeclaration<'_>, depth: usize) {
        for value in variables.declarations.iter().filter_map(|declared| declared.init.as_ref()) {
            self.expression(value, depth + 1);
        }
    }

    fn expression(&mut self, expression: &Expression<'_>, depth: usize) {
        let depth = depth + 1;
        if depth > MOST_DEPTH {
            return;
        }
        match expression {
            Expression::CallExpression(call) => {
                let is_require = matches!(&call.callee, Expression::Identifier(name) if name.name == "require");
                if !is_require {
                    self.expression(&call.callee, depth);
                } else if !self.defined.require {
                    self.commonjs("require", call.span.start);
                    if let [Argument::StringLiteral(path)] = &call.arguments[..] {
                        self.import(&path.value, call.span.start, true);
                    }
                }
                self.arguments(&call.arguments, depth);
            }
            Expression::NewExpression(call) => {
                self.expression(&call.callee, depth);
                self.arguments(&call.arguments, depth);
            }
            Expression::AssignmentExpression(assignment) => self.assignment(assignment, depth),
            Expression::StaticMemberExpression(member) => self.expression(&member.object, depth),
            Expression::ComputedMemberExpression(member) => {
                self.expression(&member.object, depth);
                self.expression(&member.expression, depth);
            }
            Expression::ParenthesizedExpression(inner) => self.expression(&inner.expression, depth),
            Expression::AwaitExpression(inner) => self.expression(&inner.argument, depth),
            Expression::UnaryExpression(unary) if unary.operator != UnaryOperator::Typeof => {
                self.expression(&unary.argument, depth);
            }
            Expression::BinaryExpression(binary) => {
                self.expression(&binary.left, depth);
                self.expression(&binary.right, depth);
            }
            Expression::SequenceExpression(sequence) => {
                for part in &sequence.expressions {
                    self.expression(part, depth);
                }
            }
            // Of the rest it is not known whether it runs.
            Expression::LogicalExpression(logical) => self.expression(&logical.left, depth),
            Expression::ConditionalExpression(conditional) => self.expression(&conditional.test, depth),
            Expression::ArrayExpression(array) => {
                for element in &array.elements {
                    match element {
                        ArrayExpressionElement::SpreadElement(spread) => self.expression(&spread.argument, depth),
                        element => {
                            if let Some(element) = element.as_expression() {
                                self.expression(element, depth);
                            }
                        }
                    }
                }
            }
            Expression::ObjectExpression(object) => {
                for property in &object.properties {
                    match property {
                        ObjectPropertyKind::ObjectProperty(property) if property.kind == PropertyKind::Init => {
                            self.expression(&property.value, depth);
                        }
                        ObjectPropertyKind::ObjectProperty(_) => {}
                        ObjectPropertyKind::SpreadProperty(spread) => self.expression(&spread.argument, depth),
                    }
                }
            }
            Expression::TemplateLiteral(template) => {
                for part in &template.expressions {
                    self.expression(part, depth);
                }
            }
            _ => {}
        }
    }

    fn arguments(&mut self, arguments: &[Argument<'_>], depth: usize) {
        for argument in arguments {
            match argument {
                Argument::SpreadElement(spread) => self.expression(&spread.argument, depth),
                argument => {
                    if let Some(argument) = argument.as_expression() {
                        self.expression(argument, depth);
                    }
                }
            }
        }
    }

    fn assignment(&mut self, assignment: &AssignmentExpression<'_>, depth: usize) {
        if assignment.operator.is_logical() {
            return;
        }
        if let AssignmentTarget::StaticMemberExpression(member) = &assignment.left
            && let Expression::Identifier(object) = &member.object
        {
            match object.name.as_str() {
                "module" if member.property.name == "exports" && !self.defined.module => {
                    self.commonjs("module.exports", assignment.span.start);
                }
                "exports" if !self.defined.exports => self.commonjs("exports", assignment.span.start),
                _ => {}
            }
        }
        self.expression(&assignment.right, depth);
    }
}

/// Whether a statement may end the file.
fn ends(statement: &Statement<'_>, depth: usize) -> bool {
    let all = |statements: &[Statement<'_>]| statements.iter().any(|inner| ends(inner, depth + 1));
    match statement {
        _ if depth > MOST_DEPTH => true,
        Statement::ReturnStatement(_) | Statement::ThrowStatement(_) => true,
        Statement::BlockStatement(block) => all(&block.body),
        Statement::IfStatement(branch) => {
            ends(&branch.consequent, depth + 1) || branch.alternate.as_ref().is_some_and(|other| ends(other, depth + 1))
        }
        Statement::TryStatement(attempt) => {
            let handler = attempt.handler.as_ref().is_some_and(|handler| all(&handler.body.body));
            all(&attempt.block.body) || handler || attempt.finalizer.as_ref().is_some_and(|last| all(&last.body))
        }
        Statement::SwitchStatement(switch) => switch.cases.iter().any(|case| all(&case.consequent)),
        Statement::LabeledStatement(labeled) => ends(&labeled.body, depth + 1),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loads(text: &str, goal: Goal) -> Vec<String> {
        scan(text, goal).unwrap().imports.into_iter().map(|import| import.specifier).collect()
    }

    #[test]
    fn code_that_certainly_runs_is_loaded() {
        for (text, expected) in [
            ("const a = require('./a').b, c = require(\"c\")", &["./a", "c"][..]),
            ("module.exports = { a: require('./a'), get b() { return require('./b') } }", &["./a"]),
            ("__exportStar(require('./a'), exports); new (require('./b'))()", &["./a", "./b"]),
            (
                "import a, { b } from './a'\nexport * from './b'\nexport { c } from './c'\nimport './d.css'",
                &["./a", "./b", "./c", "./d.css"],
            ),
            ("#!/usr/bin/env node\n'use strict'\n{ require('./a') }", &["./a"]),
        ] {
            assert_eq!(loads(text, Goal::Either), expected, "{text}");
        }
    }

    #[test]
    fn code_that_may_not_run_is_not_loaded() {
        for text in [
            "try { require('./a') } catch {}",
            "if (process.env.X) require('./a')",
            "const a = x ? require('./a') : 0; const b = x && require('./b'); y ||= require('./c')",
            "exports.load = () => require('./a'); function f() { require('./b') }",
            "(function () { require('./a') })()",
            "class A { static a = require('./a'); static { require('./b') } }",
            "if (x) { return }\nrequire('./a')",
            "function require() {}\nrequire('./a')",
            "typeof require('./a')",
            "require(name); require('./a', 1); require.resolve('./b'); import('./c')",
            "for (const x of y) require('./a')",
            "// require('./a')\n'require(\"./b\")'",
        ] {
            assert_eq!(loads(text, Goal::Either), [""; 0], "{text}");
        }
    }

    #[test]
    fn the_module_kind_of_a_file_is_detected() {
        let of = |text: &str| scan(text, Goal::Either).unwrap();
        assert!(of("export const a = 1").is_module);
        assert!(!of("const a = import('./a')").is_module);
        assert_eq!(of("\nmodule.exports = 1").commonjs, Some(("module.exports", 2)));
        assert_eq!(of("exports.a = 1").commonjs, Some(("exports", 1)));
        for none in [
            "const exports = {}; exports.a = 1",
            "if (typeof module === 'object') module.exports = a",
            "let a = module",
        ] {
            assert_eq!(of(none).commonjs, None, "{none}");
        }
    }

    #[test]
    fn code_that_cannot_be_parsed_is_not_guessed_at() {
        for text in ["const a: string = 1", "<div/>", "import(", &"(".repeat(600), &" ".repeat(1_100_000)] {
            assert_eq!(scan(text, Goal::Module), None);
        }
    }

    #[test]
    fn the_parser_has_enough_stack_for_the_allowed_nesting() {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("a=>", "a"),
            ("!", "a"),
            ("if(a)", ";"),
            ("{", "}"),
            ("`${", "}`"),
            ("x={a:", "}"),
        ] {
            let nested = |count: usize| format!("{}{}", open.repeat(count), close.repeat(count));
            let deepest = |most: usize| {
                let is_let_through = |count: &usize| nesting::depth(&nested(*count)).is_some_and(|depth| depth <= most);
                nested((1..600).rev().find(is_let_through).unwrap())
            };
            scan(&deepest(usize::MAX), Goal::Either);
            // A thread of the standard library has twice as much.
            let shallow = deepest(SHALLOW);
            let thread = std::thread::Builder::new().stack_size(1024 * 1024);
            thread.spawn(move || scan(&shallow, Goal::Either)).unwrap().join().unwrap();
        }
    }
}
