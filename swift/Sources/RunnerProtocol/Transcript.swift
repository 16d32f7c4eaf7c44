/// The answer to `Transcribe`; `seconds` is the runner's own clock, a diagnostic.
///
/// `segments` are as the engine cuts its text, in its order; `words`, if asked for, one each.
public struct Transcript: Message {
    public var id: Int
    public var text: String
    public var language: String?
    public var segments: [Segment]
    public var seconds: Double
    public var firstSegmentSeconds: Double?
    public var words: [Segment]?

    public init(
        id: Int, text: String, language: String?, segments: [Segment], seconds: Double,
        firstSegmentSeconds: Double? = nil, words: [Segment]? = nil
    ) {
        (self.id, self.text, self.language, self.segments) = (id, text, language, segments)
        (self.seconds, self.firstSegmentSeconds, self.words) = (seconds, firstSegmentSeconds, words)
    }

    public init(_ fields: inout Fields) throws(Malformed) {
        id = try fields.take("id")
        text = try fields.take("text")
        language = try fields.take("language")
        segments = try fields.take("segments")
        seconds = try fields.take("seconds")
        firstSegmentSeconds = try fields.take("first_segment_seconds", absent: nil)
        words = try fields.take("words", absent: nil)
    }

    public var fields: [JSON.Member] {
        [
            ("id", id.json), ("text", text.json), ("language", language.json),
            ("segments", segments.json), ("seconds", seconds.json),
            ("first_segment_seconds", firstSegmentSeconds.json), ("words", words.json),
        ]
    }
}

/// A stretch of text; times in seconds from the clip's start, nil where there are none.
public struct Segment: Message {
    public var start: Double?
    public var end: Double?
    public var text: String

    public init(start: Double?, end: Double?, text: String) {
        (self.start, self.end, self.text) = (start, end, text)
    }

    public init(_ fields: inout Fields) throws(Malformed) {
        start = try fields.take("start")
        end = try fields.take("end")
        text = try fields.take("text")
    }

    public var fields: [JSON.Member] {
        [("start", start.json), ("end", end.json), ("text", text.json)]
    }
}
