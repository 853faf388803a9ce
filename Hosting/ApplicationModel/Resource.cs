namespace Aspire.Hosting.ApplicationModel;

/// <summary>The base of every resource: a checked name and its annotations.</summary>
public abstract class Resource : IResource
{
    /// <summary>Takes the name; throws <see cref="ArgumentException"/> where it breaks the naming rules.</summary>
    protected Resource(string name)
    {
        ResourceName.Validate("Resource", name);
        Name = name;
    }

    /// <inheritdoc />
    public virtual string Name { get; }

    /// <inheritdoc />
    public virtual ResourceAnnotationCollection Annotations { get; } = [];

    /// <inheritdoc />
    public override string ToString() => $"{GetType().Name} {Name}";
}
