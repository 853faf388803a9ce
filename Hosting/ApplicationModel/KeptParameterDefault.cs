using Aspire.Hosting.Secrets;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Remembers a generated value in the data folder, so that the next run uses the same.</summary>
internal sealed class KeptParameterDefault(IDistributedApplicationBuilder builder, string name, ParameterDefault source) : ParameterDefault
{
    /// <summary>How the value is made where none is kept.</summary>
    public ParameterDefault Source { get; } = source;

    public override string GetDefaultValue() =>
        builder
            .Services.Select(s => s.ImplementationInstance)
            .OfType<SecretStore>()
            .Single()
            .GetOrAdd($"Parameters:{name}", Source.GetDefaultValue);
}
