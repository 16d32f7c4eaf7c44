/// One of several messages, told apart by the field `type`.
public protocol TaggedUnion: Sendable {
    /// Read the message of this tag from its other fields; nil for a tag that is none of ours.
    init?(tag: String, _ fields: inout Fields) throws(Malformed)
    /// The tag, and the message behind it; nil for one without fields.
    var tagged: (tag: String, message: (any Message)?) { get }
}

extension TaggedUnion {
    init(json: JSON) throws(Malformed) {
        var fields = try Fields(json)
        let tag: String = try fields.take("type")
        guard let message = try Self(tag: tag, &fields) else {
            throw Malformed(what: "Invalid value '\(tag)' - at `$.type`")
        }
        try fields.finish()
        self = message
    }

    var json: JSON {
        let (tag, message) = tagged
        return .object([("type", tag.json)] + (message?.fields ?? []))
    }
}

extension Request: TaggedUnion {
    public init?(tag: String, _ fields: inout Fields) throws(Malformed) {
        switch tag {
        case "load": self = .load(try Load(&fields))
        case "describe": self = .describe(try Describe(&fields))
        case "transcribe": self = .transcribe(try Transcribe(&fields))
        case "shutdown": self = .shutdown
        default: return nil
        }
    }

    public var tagged: (tag: String, message: (any Message)?) {
        switch self {
        case .load(let load): ("load", load)
        case .describe(let describe): ("describe", describe)
        case .transcribe(let transcribe): ("transcribe", transcribe)
        case .shutdown: ("shutdown", nil)
        }
    }
}

extension Reply: TaggedUnion {
    public init?(tag: String, _ fields: inout Fields) throws(Malformed) {
        switch tag {
        case "ready": self = .ready(try Ready(&fields))
        case "loaded": self = .loaded(try Loaded(&fields))
        case "described": self = .described(try Described(&fields))
        case "transcript": self = .transcript(try Transcript(&fields))
        case "failed": self = .failed(try Failed(&fields))
        case "progress": self = .progress(try Progress(&fields))
        case "bye": self = .bye(try Bye(&fields))
        default: return nil
        }
    }

    public var tagged: (tag: String, message: (any Message)?) {
        switch self {
        case .ready(let ready): ("ready", ready)
        case .loaded(let loaded): ("loaded", loaded)
        case .described(let described): ("described", described)
        case .transcript(let transcript): ("transcript", transcript)
        case .failed(let failed): ("failed", failed)
        case .progress(let progress): ("progress", progress)
        case .bye(let bye): ("bye", bye)
        }
    }
}
