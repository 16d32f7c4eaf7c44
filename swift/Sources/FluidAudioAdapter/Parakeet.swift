import FluidAudio
import Foundation
import RunnerHost
import RunnerProtocol

/// A folder with one of the two Parakeets, complete.
struct Parakeet {
    let folder: String
    let version: AsrModelVersion
    let precision: ParakeetEncoderPrecision

    /// Throws `Refusal.badModel` naming what is missing, `Refusal.unsupported` for a precision that
    /// the version does not have.
    init(_ folder: String, precision: String?) throws {
        self.folder = folder
        let isThird = FileManager.default.fileExists(atPath: "\(folder)/JointDecisionv3.mlmodelc")
        version = isThird ? .v3 : .v2
        self.precision = try Self.choose(precision, isThird: isThird)
        let joint = isThird ? "JointDecisionv3.mlmodelc" : "JointDecision.mlmodelc"
        let networks = [
            "Preprocessor.mlmodelc", self.precision.encoderFileName, "Decoder.mlmodelc", joint,
        ]
        try ModelFolder.require(
            networks.map { "\($0)/coremldata.bin" } + ["parakeet_vocab.json"], in: folder)
    }

    private static func choose(_ asked: String?, isThird: Bool) throws -> ParakeetEncoderPrecision {
        guard let asked else { return .int8 }
        guard isThird, let precision = ParakeetEncoderPrecision(rawValue: asked) else {
            throw Refusal.unsupported(
                isThird
                    ? "no precision \(asked); there are: int8, int4"
                    : "Parakeet v2 comes in one precision")
        }
        return precision
    }

    func load(_ named: URL, _ wishes: Wishes) async throws -> AsrModels {
        let configuration = AsrModels.defaultConfiguration()
        configuration.computeUnits = wishes.decoder.units
        return try await AsrModels.load(
            from: named, configuration: configuration, version: version,
            encoderPrecision: precision, encoderComputeUnits: wishes.encoder.units)
    }

    /// The name FluidAudio puts in the place of the folder's last component, whatever that was.
    private var name: String { version == .v2 ? "parakeet-tdt-0.6b-v2" : "parakeet-tdt-0.6b-v3" }

    /// Return the folder under that name: itself, or a link to it.
    ///
    /// The link's own place stays the same from run to run: should CoreML keep compiled programs by
    /// path, they are found again.
    func underItsName() throws -> URL {
        let here = URL(fileURLWithPath: folder, isDirectory: true)
        if here.lastPathComponent == name { return here }
        let home = FileManager.default.temporaryDirectory.appendingPathComponent(
            "whisper-cleanroom-\(getuid())/\(folder.stableHash)", isDirectory: true)
        let link = home.appendingPathComponent(name)
        let files = FileManager.default
        try files.createDirectory(
            at: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        if (try? files.destinationOfSymbolicLink(atPath: link.path)) != folder {
            try? files.removeItem(at: link)
            try files.createSymbolicLink(atPath: link.path, withDestinationPath: folder)
        }
        return link
    }

    var resolved: Settings {
        [
            "model": .string(name),
            "compute_type": version == .v3 ? .string(precision.rawValue) : .null,
        ]
    }
}

extension String {
    /// FNV-1a of the bytes: Swift's own hash differs from process to process.
    fileprivate var stableHash: String {
        let hash = utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return String(hash, radix: 16)
    }
}
