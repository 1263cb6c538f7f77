//! What functions take and give, as far as it helps to make calls of them.

/// What an expression gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number of any type, as data has it.
    Whole,
    /// Go's int.
    Int,
    /// A place in a list or text: small.
    Place,
    /// A number, mostly with a fraction.
    Number,
    /// True or false.
    Truth,
    /// A list.
    List,
    /// A map.
    Map,
    /// Anything.
    Any,
    /// A pattern.
    Pattern,
    /// A version.
    Version,
    /// A moment, as a layout and a text make it.
    Time,
    /// A format for printf.
    Format,
    /// What a version is compared with.
    Constraint,
    /// A version as text.
    VersionText,
    /// How a date is written.
    Layout,
    /// A stretch of time as text.
    Duration,
    /// An address.
    Address,
    /// A path.
    Path,
    /// JSON.
    Json,
    /// A number as text.
    NumberText,
    /// What stands in place of a match.
    Replacement,
}

impl Kind {
    fn of(letter: char) -> Option<Self> {
        Some(match letter {
            's' => Self::Text,
            'i' => Self::Int,
            'w' => Self::Whole,
            'j' => Self::Place,
            'n' => Self::Number,
            'b' => Self::Truth,
            'l' => Self::List,
            'm' => Self::Map,
            'a' => Self::Any,
            'r' => Self::Pattern,
            'v' => Self::Version,
            'd' => Self::Time,
            'p' => Self::Format,
            'c' => Self::Constraint,
            'V' => Self::VersionText,
            'y' => Self::Layout,
            'u' => Self::Duration,
            'U' => Self::Address,
            'P' => Self::Path,
            'J' => Self::Json,
            'N' => Self::NumberText,
            'R' => Self::Replacement,
            _ => return None,
        })
    }
}

/// A function: its name, what it gives, and what it takes; after `*` the last may come any number of times.
#[derive(Debug)]
pub struct Signature {
    /// Its name.
    pub name: &'static str,
    /// What it gives.
    pub gives: Kind,
    /// What it takes.
    pub takes: Vec<Kind>,
    /// The last of them may come any number of times.
    pub more: bool,
    /// Sprig's, not Go's own.
    pub sprig: bool,
}

/// Name, what it gives, what it takes. Not here: what has no order of its own (`keys`, `values`), what is refused.
const GO: &str = "and a a* | or a a* | not b a | len i l | len i s | len i m | index a li | index a lj | index a ms | slice s sjj \
    | slice l lj | print s a* | println s a* | printf s pa* | printf s paa | html s a* | js s a* | urlquery s a* | eq b ss | eq b ww \
    | eq b aa | ne b ww | ne b ss | lt b ww | le b ss | gt b ww | ge b ii";

const SPRIG: &str = "trim s s | upper s s | lower s s | title s s | untitle s s | substr s jis | repeat s is | trunc s is | abbrev s is \
    | abbrevboth s iis | nospace s s | initials s s | swapcase s s | snakecase s s | camelcase s s | kebabcase s s | wrap s is \
    | wrapWith s iss | contains b ss | hasPrefix b ss | hasSuffix b ss | quote s a* | squote s a* | cat s a* | indent s is \
    | nindent s is | replace s sss | plural s ssi | sha1sum s s | sha256sum s s | adler32sum s s | toString s a | atoi i N | int i N | float64 n N | add w N* | addf n N* | toDecimal i N | round n Nj | int i a \
    | int64 w a | float64 n a | seq s i* | toDecimal i a | split m ss | splitList l ss | splitn m sis | toStrings l l | until l i \
    | untilStep l iii | add1 w a | add w n* | sub w nn | div w nw | mod w ww | mul w nn* | add1f n n | addf n n* | subf n nn* \
    | divf n nn* | mulf n nn* | max w n* | min w n* | maxf n nn* | minf n nn* | ceil n n | floor n n | round n ni | join s sl \
    | sortAlpha l l | default a aa | empty b a | coalesce a a* | all b a* | any b a* | compact l l | fromJson a J | fromJson a s | toJson s a \
    | toPrettyJson s a | toRawJson s a | mustToJson s a | ternary a aab | deepCopy a a | typeOf s a | typeIs b sa | kindOf s a \
    | kindIs b sa | deepEqual b aa | base s P | dir s P | clean s P | ext s P | isAbs b P | b64enc s s | b64dec s s | b32enc s s \
    | b32dec s s | list l a* | tuple l a* | dict m sa | dict m sasa | get a ms | set m msa | unset m ms | hasKey b ms \
    | pluck l sm* | pick m ms* | omit m ms* | merge m mm* | mergeOverwrite m mm* | append l la | prepend l la | first a l \
    | rest l l | last a l | initial l l | reverse l l | uniq l l | without l la* | has b al | slice l ljj | concat l l* | dig a ssam \
    | chunk l jl | semver v V | semver v V | semverCompare b cV | semverCompare b cV | fail s s | regexMatch b rs | regexFind s rs | regexFindAll l rsi | regexFindAll l rsj | regexFind s rs \
    | regexReplaceAll s rsR | regexReplaceAll s rsR | regexReplaceAllLiteral s rss | regexSplit l rsi | regexQuoteMeta s s | urlParse m U | urlParse m U | urlJoin s m \
    | toDate d ys | date s yd | date s yd | date s yd | dateModify d ud | duration s a | duration s N | durationRound s u | durationRound s a | unixEpoch s d | trimAll s ss | trimPrefix s ss \
    | trimSuffix s ss | mustFirst a l | mustRegexMatch b rs | mustFromJson a J | mustMerge m mm";

/// All of them.
pub static SIGNATURES: std::sync::LazyLock<Vec<Signature>> = std::sync::LazyLock::new(|| {
    let read = |table: &'static str, sprig: bool| {
        table.split('|').filter_map(move |line| {
            let mut words = line.split_whitespace();
            let (name, gives, takes) = (words.next()?, words.next()?, words.next()?);
            Some(Signature {
                name,
                gives: gives.chars().next().and_then(Kind::of)?,
                takes: takes.chars().filter_map(Kind::of).collect(),
                more: takes.ends_with('*'),
                sprig,
            })
        })
    };
    read(GO, false).chain(read(SPRIG, true)).collect()
});
