using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>A resource whose endpoints other resources find by its name.</summary>
#pragma warning disable CA1040 // Aspire's shape: the mark decides which WithReference applies.
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints { }
#pragma warning restore CA1040 // see above
