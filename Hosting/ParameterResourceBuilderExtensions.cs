using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>Adds values that are given from outside.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>Adds a parameter that is read from the configuration key <c>Parameters:name</c>.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        string name,
        bool secret = false
    ) => builder.Add(name, valueDefault: null, $"Parameters:{name}", secret);

    /// <summary>Adds a parameter with a value for runs on this machine, which may also become the published default.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        string name,
        string value,
        bool publishValueAsDefault = false,
        bool secret = false
    ) => builder.AddParameter(name, () => value, publishValueAsDefault, secret);

    /// <summary>Adds a parameter whose value is computed, and may also become the published default.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        string name,
        Func<string> valueGetter,
        bool publishValueAsDefault = false,
        bool secret = false
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(valueGetter);
        if (publishValueAsDefault && secret)
        {
            throw new ArgumentException("A parameter cannot be both secret and published as a default value.", nameof(secret));
        }

        // Where it is not a published default, the value counts for runs only: publishing asks for it.
        var valueDefault = publishValueAsDefault ? new ConstantParameterDefault(valueGetter()) : null;
        var parameter = new ParameterResource(name, _ => valueGetter(), secret) { Default = valueDefault };
        return builder.AddResource(parameter);
    }

    /// <summary>Adds a parameter that falls back on a default.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        string name,
        ParameterDefault value,
        bool secret = false,
        bool persist = false
    )
    {
        ArgumentNullException.ThrowIfNull(value);
        return builder.Add(name, persist ? new KeptParameterDefault(builder, name, value) : value, $"Parameters:{name}", secret);
    }

    /// <summary>Adds a parameter that is read from a configuration key of its own.</summary>
    public static IResourceBuilder<ParameterResource> AddParameterFromConfiguration(
        this IDistributedApplicationBuilder builder,
        string name,
        string configurationKey,
        bool secret = false
    ) => builder.Add(name, valueDefault: null, configurationKey, secret);

    /// <summary>A password that is generated once per machine and kept; it is not added to the model's own parameters list twice.</summary>
    internal static ParameterResource CreatePassword(this IDistributedApplicationBuilder builder, string name, bool special)
    {
        var generated = new GenerateParameterDefault { Special = special };
        return builder.Create(name, new KeptParameterDefault(builder, name, generated), $"Parameters:{name}", secret: true);
    }

    private static IResourceBuilder<ParameterResource> Add(
        this IDistributedApplicationBuilder builder,
        string name,
        ParameterDefault? valueDefault,
        string configurationKey,
        bool secret
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddResource(builder.Create(name, valueDefault, configurationKey, secret));
    }

    private static ParameterResource Create(
        this IDistributedApplicationBuilder builder,
        string name,
        ParameterDefault? valueDefault,
        string configurationKey,
        bool secret
    ) =>
        new(
            name,
            fallback =>
                builder.Configuration[configurationKey]
                // An environment variable's name cannot hold a hyphen.
                ?? builder.Configuration[configurationKey.Replace('-', '_')]
                ?? fallback?.GetDefaultValue()
                ?? throw new DistributedApplicationException(
                    $"Parameter '{name}' has no value: set the configuration key '{configurationKey}' (environment: {configurationKey.Replace(":", "__", StringComparison.Ordinal).Replace('-', '_')})."
                ),
            secret
        )
        {
            Default = valueDefault,
        };
}
