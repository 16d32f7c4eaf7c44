/// What the orchestrator asks; each is answered by one reply, `progress` not counted.
public enum Request: Sendable {
    case load(Load)
    case describe(Describe)
    case transcribe(Transcribe)
    case shutdown
}

/// Load the weights at an absolute path; answered by `Loaded`.
public struct Load: Message {
    public var id: Int
    public var model: String
    public var options: Options

    public init(id: Int, model: String, options: Options = Options()) {
        (self.id, self.model, self.options) = (id, model, options)
    }

    public init(_ fields: inout Fields) throws(Malformed) {
        id = try fields.take("id")
        model = try fields.take("model")
        options = try fields.take("options", absent: Options())
    }

    public var fields: [JSON.Member] {
        [("id", id.json), ("model", model.json), ("options", options.json)]
    }
}

/// Check `options.extra` and list the backend's own settings; answered by `Described`.
public struct Describe: Message {
    public var id: Int
    public var options: Options

    public init(id: Int, options: Options = Options()) { (self.id, self.options) = (id, options) }

    public init(_ fields: inout Fields) throws(Malformed) {
        id = try fields.take("id")
        options = try fields.take("options", absent: Options())
    }

    public var fields: [JSON.Member] { [("id", id.json), ("options", options.json)] }
}

/// Transcribe raw little-endian float32 samples, mono, 16 kHz; answered by `Transcript`.
public struct Transcribe: Message {
    public var id: Int
    public var audio: String
    public var samples: Int

    public init(id: Int, audio: String, samples: Int) {
        (self.id, self.audio, self.samples) = (id, audio, samples)
    }

    public init(_ fields: inout Fields) throws(Malformed) {
        id = try fields.take("id")
        audio = try fields.take("audio")
        samples = try fields.take("samples")
    }

    public var fields: [JSON.Member] {
        [("id", id.json), ("audio", audio.json), ("samples", samples.json)]
    }
}

/// How to load and decode; a runner that cannot honour one answers `failed`.
public struct Options: Message {
    /// Recommended is what the engine's project advises, parity the same decoding everywhere.
    public enum Profile: String, WireWord { case recommended, parity }

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

    public init() {}

    public init(_ fields: inout Fields) throws(Malformed) {
        language = try fields.take("language", absent: nil)
        threads = try fields.take("threads", absent: 1)
        device = try fields.take("device", absent: "auto")
        precision = try fields.take("precision", absent: nil)
        profile = try fields.take("profile", absent: .recommended)
        words = try fields.take("words", absent: false)
        extra = try fields.take("extra", absent: [:])
    }

    public var fields: [JSON.Member] {
        [
            ("language", language.json), ("threads", threads.json), ("device", device.json),
            ("precision", precision.json), ("profile", profile.json), ("words", words.json),
            ("extra", extra.json),
        ]
    }
}
