//! The tree of a template, as far as the static checks need it.

/// A template.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) nodes: Vec<Node>,
    pub(super) components: Vec<Component>,
    /// Filters, tests, functions and components, in the order of the source.
    pub(super) uses: Vec<Use>,
}

/// A component that the template defines.
#[derive(Debug)]
pub(super) struct Component {
    pub(super) name: String,
    /// Parameters written `@name`: taken from where the component is used when they are not given. The flag says
    /// whether a default stands by.
    pub(super) implicit: Vec<(String, bool)>,
    pub(super) body: Vec<Node>,
}

/// What a name is used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Filter,
    Test,
    Function,
    Component,
}

/// One use of a name that is not a variable.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) role: Role,
    pub(super) name: String,
    pub(super) at: usize,
    /// The names of the arguments, each with its place.
    pub(super) arguments: Vec<(String, usize)>,
    /// The argument `message`, where it is a plain string.
    pub(super) message: Option<String>,
}

#[derive(Debug)]
pub(super) enum Node {
    Print(Expr),
    Set {
        name: String,
        /// `None` for the text of a block.
        value: Option<Expr>,
        global: bool,
    },
    For {
        key: Option<String>,
        name: String,
        over: Expr,
        body: Vec<Self>,
        empty: Vec<Self>,
    },
    If {
        test: Expr,
        body: Vec<Self>,
        otherwise: Vec<Self>,
    },
    /// `block`, `filter` and the text of a `set`: what is inside is looked at where it stands. Arguments of filters
    /// come after the body.
    Body(Vec<Self>, Vec<Expr>),
}

/// An expression and the bytes where it stands.
#[derive(Debug)]
pub(super) struct Expr {
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
}

/// Arguments with names.
pub(super) type Arguments = Vec<(String, Expr)>;

#[derive(Debug)]
pub(super) enum Kind {
    /// A string.
    Text(String),
    /// Any other constant.
    Constant,
    Var(String),
    /// `of.name`, `of?.name`
    Attr {
        of: Box<Expr>,
        name: String,
        optional: bool,
    },
    /// `of[key]`, `of?[key]`
    Item {
        of: Box<Expr>,
        key: Box<Expr>,
        optional: bool,
    },
    /// Expressions of which nothing but their parts matters: lists, maps, sums, comparisons, negatives, functions.
    Parts(Vec<Expr>),
    /// A slice of the first.
    Slice(Box<Expr>, Vec<Expr>),
    Filter {
        of: Box<Expr>,
        name: String,
        arguments: Arguments,
    },
    Test {
        of: Box<Expr>,
        name: String,
        arguments: Arguments,
    },
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    In(Box<Expr>, Box<Expr>),
    /// `==` and `!=`, which ask for nothing to be there.
    Equal {
        left: Box<Expr>,
        right: Box<Expr>,
        same: bool,
    },
    Ternary {
        test: Box<Expr>,
        yes: Box<Expr>,
        no: Box<Expr>,
    },
    Comprehension {
        item: Box<Expr>,
        key: Option<String>,
        name: String,
        over: Box<Expr>,
        test: Option<Box<Expr>>,
    },
    Component {
        name: String,
        given: Vec<String>,
        values: Vec<Expr>,
        body: Vec<Node>,
    },
}
