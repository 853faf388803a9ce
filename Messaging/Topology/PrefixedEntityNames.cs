using MassTransit;

namespace Slipway.Messaging.Topology;

/// <summary>Names the exchange of a message type: the installation's prefix and the type in kebab case.</summary>
internal sealed class PrefixedEntityNames(string prefix) : IEntityNameFormatter
{
    public string FormatEntityName<T>() => prefix + KebabCase.Of(typeof(T));
}
