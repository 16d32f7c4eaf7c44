import FluidAudio
import Foundation
import RunnerHost

/// A folder with one of the two Parakeets, complete.
struct Parakeet {
    let folder: String
    let version: AsrModelVersion

    /// Throws `Refusal.badModel` naming what is missing, `Refusal.unsupported` for a precision that
    /// the version does not have.
    init(_ folder: String, precision: String?) throws {
        self.folder = folder
        let isThird = FileManager.default.fileExists(atPath: "\(folder)/JointDecisionv3.mlmodelc")
        version = isThird ? .v3 : .v2
        guard precision == nil || isThird && precision == "int8" else {
            // The library's int4 encoder is in no model that can be fetched.
            throw Refusal.unsupported("no precision \(precision ?? ""); v3 is int8, v2 as it comes")
        }
        let joint = isThird ? "JointDecisionv3" : "JointDecision"
        let networks = ["Preprocessor", "Encoder", "Decoder", joint]
        try ModelFolder.require(
            networks.map { "\($0).mlmodelc/coremldata.bin" } + ["parakeet_vocab.json"], in: folder)
    }

    func load(_ named: URL, _ wishes: Wishes) async throws -> AsrModels {
        let configuration = AsrModels.defaultConfiguration()
        configuration.computeUnits = wishes.decoder.units
        return try await AsrModels.load(
            from: named, configuration: configuration, version: version,
            encoderComputeUnits: wishes.encoder.units)
    }

    /// The name FluidAudio puts in the place of the folder's last component, whatever that was.
    var name: String { version == .v2 ? "parakeet-tdt-0.6b-v2" : "parakeet-tdt-0.6b-v3" }

    /// Return the folder under that name: itself, or a link to it.
    ///
    /// The link's own place stays the same from run to run: should CoreML keep compiled programs by
    /// path, they are found again.
    func underItsName() throws -> URL {
        let here = URL(fileURLWithPath: folder, isDirectory: true)
        if here.lastPathComponent == name { return here }
        let files = FileManager.default
        let home = files.temporaryDirectory.appendingPathComponent(
            "whisper-cleanroom-\(getuid())\(here.path)", isDirectory: true)
        let link = home.appendingPathComponent(name)
        try files.createDirectory(
            at: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try? files.removeItem(at: link)
        try files.createSymbolicLink(atPath: link.path, withDestinationPath: folder)
        return link
    }
}
