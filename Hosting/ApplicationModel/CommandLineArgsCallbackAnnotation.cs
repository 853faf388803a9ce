namespace Aspire.Hosting.ApplicationModel;

/// <summary>Fills the command line of a resource just before each start.</summary>
public class CommandLineArgsCallbackAnnotation(Action<IList<object>> callback) : IResourceAnnotation
{
    /// <summary>The callback; it appends strings or values that are known later.</summary>
    public Action<IList<object>> Callback { get; } = callback ?? throw new ArgumentNullException(nameof(callback));
}
