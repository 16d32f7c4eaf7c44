/// What a runner says.
public enum Reply: Sendable {
    case ready(Ready)
    case loaded(Loaded)
    case described(Described)
    case transcript(Transcript)
    case failed(Failed)
    case progress(Progress)
    case bye(Bye)
}

/// The first line of every runner: who it is, before any model is loaded.
public struct Ready: Message {
    /// A shim is a build without its framework: its results are never measurements.
    public enum Build: String, WireWord { case real, shim }

    public var `protocol`: Int
    public var backend: String
    public var library: String
    public var python: String?
    public var importSeconds: Double
    public var pid: Int
    public var build: Build

    public init(backend: String, library: String, importSeconds: Double, pid: Int, build: Build) {
        (`protocol`, python) = (Codec.version, nil)
        (self.backend, self.library) = (backend, library)
        (self.importSeconds, self.pid, self.build) = (importSeconds, pid, build)
    }

    public init(_ fields: inout Fields) throws(Malformed) {
        `protocol` = try fields.take("protocol")
        backend = try fields.take("backend")
        library = try fields.take("library")
        python = try fields.take("python")
        importSeconds = try fields.take("import_seconds")
        pid = try fields.take("pid")
        build = try fields.take("build", absent: .real)
    }

    public var fields: [JSON.Member] {
        [
            ("protocol", `protocol`.json), ("backend", backend.json), ("library", library.json),
            ("python", python.json), ("import_seconds", importSeconds.json), ("pid", pid.json),
            ("build", build.json),
        ]
    }
}

/// The library's own settings with their defaults under the profile asked for.
public struct Described: Message {
    public var id: Int
    public var settings: Settings

    public init(id: Int, settings: Settings) { (self.id, self.settings) = (id, settings) }

    public init(_ fields: inout Fields) throws(Malformed) {
        id = try fields.take("id")
        settings = try fields.take("settings")
    }

    public var fields: [JSON.Member] { [("id", id.json), ("settings", settings.json)] }
}

/// The weights are in memory; `resolved` is what the library says it runs, not the wish.
public struct Loaded: Message {
    public var id: Int
    public var seconds: Double
    public var resolved: Settings

    public init(id: Int, seconds: Double, resolved: Settings) {
        (self.id, self.seconds, self.resolved) = (id, seconds, resolved)
    }

    public init(_ fields: inout Fields) throws(Malformed) {
        id = try fields.take("id")
        seconds = try fields.take("seconds")
        resolved = try fields.take("resolved")
    }

    public var fields: [JSON.Member] {
        [("id", id.json), ("seconds", seconds.json), ("resolved", resolved.json)]
    }
}

/// The request was understood and could not be done; the runner lives on.
public struct Failed: Message {
    public enum Kind: String, WireWord {
        case unsupported, error
        case badAudio = "bad-audio"
        case badModel = "bad-model"
        case badRequest = "bad-request"
        case outOfMemory = "out-of-memory"
    }

    public var id: Int
    public var kind: Kind
    public var message: String
    public var traceback: String

    public init(id: Int, kind: Kind, message: String, traceback: String = "") {
        (self.id, self.kind) = (id, kind)
        (self.message, self.traceback) = (message, traceback)
    }

    public init(_ fields: inout Fields) throws(Malformed) {
        id = try fields.take("id")
        kind = try fields.take("kind")
        message = try fields.take("message")
        traceback = try fields.take("traceback", absent: "")
    }

    public var fields: [JSON.Member] {
        [
            ("id", id.json), ("kind", kind.json), ("message", message.json),
            ("traceback", traceback.json),
        ]
    }
}

/// Still at work on request `id`: a word for the person waiting, any number of times.
public struct Progress: Message {
    public var id: Int
    public var message: String
    public var fraction: Double?

    public init(id: Int, message: String, fraction: Double? = nil) {
        (self.id, self.message, self.fraction) = (id, message, fraction)
    }

    public init(_ fields: inout Fields) throws(Malformed) {
        id = try fields.take("id")
        message = try fields.take("message")
        fraction = try fields.take("fraction", absent: nil)
    }

    public var fields: [JSON.Member] {
        [("id", id.json), ("message", message.json), ("fraction", fraction.json)]
    }
}

/// The last line; `peakBytes` is the runner's own reading of its peak memory.
public struct Bye: Message {
    public var peakBytes: Int?

    public init(peakBytes: Int?) { self.peakBytes = peakBytes }

    public init(_ fields: inout Fields) throws(Malformed) {
        peakBytes = try fields.take("peak_bytes")
    }

    public var fields: [JSON.Member] { [("peak_bytes", peakBytes.json)] }
}
