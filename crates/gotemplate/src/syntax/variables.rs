//! Which variables there are at a place of a template.
//!
//! Go's parser and its interpreter disagree: the parser forgets variables at the `end` of a block only, while those of
//! a branch are gone in the next one. So both are kept: what the parser lets through, and where a variable lies.

use std::collections::HashMap;

/// The variables of one template (of the source, or of a `define` in it).
#[derive(Default)]
pub(super) struct Scope {
    /// All that the parser has seen, until the block ends. By number of the name.
    seen: Vec<u32>,
    /// What lies on the stack at run time.
    stack: Vec<u32>,
    names: HashMap<u32, Name>,
}

/// How often a name is seen, and where it lies on the stack.
#[derive(Default)]
struct Name {
    seen: usize,
    slots: Vec<usize>,
}

/// Where a scope was, to go back to.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    seen: usize,
    stack: usize,
}

/// All names, and the scope of the template that is being read.
pub(super) struct Variables<'s> {
    numbers: HashMap<&'s str, u32>,
    scope: Scope,
}

impl<'s> Variables<'s> {
    /// A scope with nothing but `$`.
    pub(super) fn new() -> Self {
        let mut variables = Self {
            numbers: HashMap::new(),
            scope: Scope::default(),
        };
        variables.begin();
        variables
    }

    fn begin(&mut self) {
        let number = self.number("$");
        self.see(number);
        self.push(number);
    }

    /// The number of a name: the same for the same name in all of the source. That of `$` is 0.
    pub(super) fn number(&mut self, name: &'s str) -> u32 {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(name).or_insert(next)
    }

    /// From here on the parser knows the name.
    pub(super) fn see(&mut self, number: u32) {
        self.scope.seen.push(number);
        self.scope.names.entry(number).or_default().seen += 1;
    }

    /// Whether the parser knows the name.
    pub(super) fn is_seen(&self, number: u32) -> bool {
        self.scope.names.get(&number).is_some_and(|name| name.seen > 0)
    }

    /// Declares a variable; gives its place on the stack.
    pub(super) fn push(&mut self, number: u32) -> usize {
        let slot = self.scope.stack.len();
        self.scope.stack.push(number);
        self.scope.names.entry(number).or_default().slots.push(slot);
        slot
    }

    /// The place of a variable on the stack. None where it will not be there at run time.
    pub(super) fn slot(&self, number: u32) -> Option<usize> {
        self.scope.names.get(&number)?.slots.last().copied()
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            seen: self.scope.seen.len(),
            stack: self.scope.stack.len(),
        }
    }

    /// The end of a block: what came after the mark is gone.
    pub(super) fn leave(&mut self, mark: Mark) {
        let Scope { seen, names, .. } = &mut self.scope;
        for number in seen.drain(mark.seen.min(seen.len())..) {
            if let Some(name) = names.get_mut(&number) {
                name.seen -= 1;
            }
        }
        self.leave_branch(mark);
    }

    /// The end of a branch: what it declared is gone at run time, though the parser still knows it.
    pub(super) fn leave_branch(&mut self, mark: Mark) {
        let Scope { stack, names, .. } = &mut self.scope;
        for number in stack.drain(mark.stack.min(stack.len())..) {
            if let Some(name) = names.get_mut(&number) {
                name.slots.pop();
            }
        }
    }

    /// Puts the scope aside for that of a `define`, which sees none of its variables.
    pub(super) fn enter_template(&mut self) -> Scope {
        let outer = std::mem::take(&mut self.scope);
        self.begin();
        outer
    }

    /// Goes back to the scope that was put aside.
    pub(super) fn leave_template(&mut self, outer: Scope) {
        self.scope = outer;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_and_templates_hide_what_they_declare() {
        let mut variables = Variables::new();
        let x = variables.number("$x");
        assert!(!variables.is_seen(x));
        let block = variables.mark();
        variables.see(x);
        assert_eq!(variables.push(x), 1);
        let branch = variables.mark();
        variables.see(x);
        assert_eq!(variables.push(x), 2);
        variables.leave_branch(branch);
        assert_eq!(variables.slot(x), Some(1));
        let outer = variables.enter_template();
        assert!(!variables.is_seen(x));
        assert_eq!(variables.slot(0), Some(0));
        variables.leave_template(outer);
        assert_eq!(variables.slot(x), Some(1));
        variables.leave(block);
        assert!(!variables.is_seen(x));
        assert_eq!(variables.slot(x), None);
    }
}
