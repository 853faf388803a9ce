using Slipway.Contracts.Registry;

namespace Slipway.Registry.Api.Policies;

/// <summary>The environments in order. Section <c>Registry:Environments</c>, a list of <see cref="EnvironmentPolicy"/>; empty for the usual three.</summary>
internal sealed class EnvironmentOptions
{
    public const string Section = "Registry:Environments";

    public List<EnvironmentPolicy> Environments { get; } = [];
}
