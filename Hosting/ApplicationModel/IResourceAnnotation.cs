namespace Aspire.Hosting.ApplicationModel;

/// <summary>Marks a fact that can be attached to a resource.</summary>
#pragma warning disable CA1040 // Aspire's shape: annotations have nothing in common but that they can be attached.
public interface IResourceAnnotation { }
#pragma warning restore CA1040 // see above
