using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Vetting;

/// <summary>A claimed version: the claim holds while the row still has <see cref="Attempt"/>.</summary>
internal sealed record VettingJob(long ModelId, string ModelName, int Version, int Attempt, IReadOnlyList<VersionFileRow> Files);
