//! Functions of sprig, Helm and Go that are left out, and why.

const IO: &str = "templates cannot read the environment, files, the network or the cluster";
const TIME: &str = "the same inputs must give the same file, so templates cannot read the clock";
const RANDOM: &str = "the same inputs must give the same file, so templates cannot make random values";
const DATES: &str = "dates are not supported";
const NAMED: &str = "use {{ template \"name\" . }}";
const CALLS: &str = "there are no functions among the values";
const PASSWORDS: &str = "passwords and keys are not made in templates; put them into the Secret";

/// Why a function is left out. `None` when nobody would expect it.
pub(super) fn reason(name: &str) -> Option<&'static str> {
    Some(match name {
        "env" | "expandenv" | "getHostByName" | "lookup" | "Files" | "getv" | "file" | "readFile"
        | "exec" => IO,
        "now" | "ago" | "unixEpoch" => TIME,
        "date" | "date_in_zone" | "date_modify" | "dateInZone" | "dateModify" | "duration"
        | "durationRound" | "htmlDate" | "htmlDateInZone" | "must_date_modify" | "mustDateModify"
        | "mustToDate" | "toDate" => DATES,
        "randAlpha" | "randAlphaNum" | "randAscii" | "randBytes" | "randInt" | "randNumeric" | "shuffle"
        | "uuidv4" => RANDOM,
        "bcrypt"
        | "htpasswd"
        | "derivePassword"
        | "encryptAES"
        | "decryptAES"
        | "genPrivateKey"
        | "genCA"
        | "genCAWithKey"
        | "genSelfSignedCert"
        | "genSelfSignedCertWithKey"
        | "genSignedCert"
        | "genSignedCertWithKey"
        | "buildCustomCert" => PASSWORDS,
        "include" | "tpl" => NAMED,
        "call" => CALLS,
        "semver" | "semverCompare" => "versions cannot be compared yet",
        "camelcase" | "kebabcase" | "snakecase" | "add1f" | "addf" | "subf" | "mulf" | "divf" | "sha1sum"
        | "toToml" => "it is not supported yet",
        "abbrev" | "abbrevboth" | "initials" | "wrap" | "wrapWith" | "toDecimal" | "hello" => {
            "it has no use in a configuration file"
        }
        _ => return None,
    })
}
