using Slipway.Contracts.Serving;
using Slipway.Inference.Engine.Serving;

namespace Slipway.Inference.Service.Serving;

/// <summary>A model version together with the digest of its bytes and how it is configured: what is loaded is exactly this.</summary>
internal readonly record struct VersionId(string Model, int Version, string Digest, string Configuration = "")
{
    public ModelKey Key => new(Model, Version);

    public static VersionId Of(ServedModelVersion version) =>
        new(version.Model, version.Version, version.Digest, version.Configuration ?? "");
}
