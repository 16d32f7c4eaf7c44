// What the orchestrator asks; each request is answered by one reply, `progress` not counted.

/// What is answered by work, or by `Failed`; not while a stream is open.
protocol Work: Message {
    var id: Int { get }
}

/// Load the weights at an absolute path; answered by `Loaded`.
struct Load: Work {
    enum CodingKeys: CodingKey, CaseIterable { case id, model, options }
    var id: Int
    var model: String
    var options = Options()
}

/// Check the options and list the backend's own settings; answered by `Described`.
///
/// `model` is the path of the weights they are for, where those are here: nothing is loaded.
struct Describe: Work {
    enum CodingKeys: CodingKey, CaseIterable { case id, options, model }
    var id: Int
    var options = Options()
    var model: String?
}

/// Transcribe raw little-endian float32 samples, mono, 16 kHz; answered by `Transcript`.
struct Transcribe: Work {
    enum CodingKeys: CodingKey, CaseIterable { case id, audio, samples }
    var id: Int
    var audio: String
    var samples: Int
}

/// Open a stream on a file of so many samples, of which none exists yet; answered by `Listening`.
///
/// From then on `Partial` may come at any time, until the answer to `Finish`, or `Failed`.
struct Listen: Work {
    enum CodingKeys: CodingKey, CaseIterable { case id, audio, samples }
    var id: Int
    var audio: String
    var samples: Int
}

/// So many samples of the stream's file exist by now, from its beginning; it has no answer.
struct Feed: Message {
    enum CodingKeys: CodingKey, CaseIterable { case id, samples }
    var id: Int
    var samples: Int
}

/// The stream ended after so many samples; answered by `Transcript`, of all of it.
struct Finish: Message {
    enum CodingKeys: CodingKey, CaseIterable { case id, samples }
    var id: Int
    var samples: Int
}

/// End: answered by `Bye`.
struct Shutdown: Message {
    enum CodingKeys: CodingKey, CaseIterable {}
}

// What a runner says.

/// The first line of every runner: who it is, before any model is loaded.
struct Ready: Message {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case `protocol`, backend, library, python, pid, build, live
        case importSeconds = "import_seconds"
    }

    var `protocol` = Codec.version
    var backend: String
    var library: String
    @Nullable var python: String?
    var importSeconds: Double
    var pid: Int
    var build = Build.real
    /// How it listens: "native"; nil: it cannot.
    var live: String?
}

/// A shim is a build without its framework: its results are never measurements.
public enum Build: String, Codable, Sendable {
    case real, shim

    #if SHIM
    public static let here = Build.shim
    #else
    public static let here = Build.real
    #endif
}

/// The weights are in memory; `resolved` is what the library says it runs, not the wish.
struct Loaded: Message {
    enum CodingKeys: CodingKey, CaseIterable { case id, seconds, resolved }
    var id: Int
    var seconds: Double
    var resolved: Settings
}

/// The library's own settings with their defaults under the profile asked for.
struct Described: Message {
    enum CodingKeys: CodingKey, CaseIterable { case id, settings }
    var id: Int
    var settings: Settings
}

/// The answer to `Transcribe`; `seconds` is the runner's own clock, a diagnostic.
///
/// `segments` are as the engine cuts its text, in its order; `words`, if asked for, one each.
struct Transcript: Message {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case id, text, language, segments, seconds, words
        case firstSegmentSeconds = "first_segment_seconds"
    }

    var id: Int
    var text: String
    @Nullable var language: String?
    var segments: [Segment]
    var seconds: Double
    var firstSegmentSeconds: Double?
    var words: [Segment]?
}

/// The answer to `Listen`; `resolved` has the policy and its parameters.
struct Listening: Message {
    enum CodingKeys: CodingKey, CaseIterable { case id, resolved }
    var id: Int
    var resolved: Settings
}

/// What to show of a stream now: all that stood before, `stands`, then `mayChange`.
///
/// Each text begins with its own space where it needs one. `heard` is how many samples it is of.
struct Partial: Message {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case id, stands, heard
        case mayChange = "may_change"
    }

    var id: Int
    var stands: String
    var mayChange: String
    var heard: Int
}

/// The request was understood and could not be done; the runner lives on.
struct Failed: Message {
    enum CodingKeys: CodingKey, CaseIterable { case id, kind, message, traceback }
    enum Kind: String, Codable, Sendable {
        case unsupported, error
        case badAudio = "bad-audio"
        case badModel = "bad-model"
        case badRequest = "bad-request"
        case outOfMemory = "out-of-memory"
    }

    var id: Int
    var kind: Kind
    var message: String
    var traceback: String?
}

/// Still at work on request `id`: a word for the person waiting, any number of times.
struct Progress: Message {
    enum CodingKeys: CodingKey, CaseIterable { case id, message, fraction }
    var id: Int
    var message: String
    var fraction: Double?
}

/// The last line; `peakBytes` is the runner's own reading of its peak memory.
struct Bye: Message {
    enum CodingKeys: String, CodingKey, CaseIterable { case peakBytes = "peak_bytes" }
    @Nullable var peakBytes: Int?
}

// What messages hold.

/// How to load and decode; a runner that cannot honour one answers `failed`.
public struct Options: Codable, Sendable {
    enum CodingKeys: CodingKey, CaseIterable {
        case language, threads, device, precision, profile, words, extra, terms
    }

    /// Recommended is what the engine's project advises, parity the same decoding everywhere.
    public enum Profile: String, Codable, Sendable { case recommended, parity }

    /// "en", "fr", ...; nil lets the engine detect it.
    public var language: String?
    public var threads = 1
    /// "auto", "cpu" or "gpu".
    public var device = "auto"
    /// Nil is what the engine's project recommends for the device.
    public var precision: String?
    public var profile = Profile.recommended
    /// Give the time of each word too.
    public var words = false
    /// The backend's own settings, by its own names.
    public var extra: Settings = [:]
    /// Names and jargon to listen for; told to backends that can use them, and to no other.
    public var terms: [String]?

    public init() {}
}

/// A stretch of text; times in seconds from the clip's start, nil where there are none.
public struct Segment: Codable, Sendable {
    enum CodingKeys: CodingKey, CaseIterable { case start, end, text }
    @Nullable public var start: Double?
    @Nullable public var end: Double?
    public var text: String

    public init(start: Double?, end: Double?, text: String) {
        (self.start, self.end, self.text) = (start, end, text)
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknown(besides: CodingKeys.allCases.map(\.stringValue))
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        _start = try fields.decode(Nullable<Double>.self, forKey: .start)
        _end = try fields.decode(Nullable<Double>.self, forKey: .end)
        text = try fields.decode(String.self, forKey: .text)
    }
}

// Fields that may be left out. The compiler's own decoding of a message takes these calls for fields
// of these types.

extension KeyedDecodingContainer {
    func decode(_ type: Options.Type, forKey key: Key) throws -> Options {
        try decodeIfPresent(type, forKey: key) ?? Options()
    }

    func decode(_ type: Build.Type, forKey key: Key) throws -> Build {
        try decodeIfPresent(type, forKey: key) ?? .real
    }

    /// Return a field that may be left out; a null is no absence.
    fileprivate func take<Value: Decodable>(_ key: Key, absent: Value) throws -> Value {
        contains(key) ? try decode(Value.self, forKey: key) : absent
    }
}

extension Options {
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknown(besides: CodingKeys.allCases.map(\.stringValue))
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        language = try fields.take(.language, absent: nil)
        threads = try fields.take(.threads, absent: 1)
        device = try fields.take(.device, absent: "auto")
        precision = try fields.take(.precision, absent: nil)
        profile = try fields.take(.profile, absent: .recommended)
        words = try fields.take(.words, absent: false)
        extra = try fields.take(.extra, absent: [:])
        terms = try fields.take(.terms, absent: nil)
    }
}
