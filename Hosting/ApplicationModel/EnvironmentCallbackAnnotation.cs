namespace Aspire.Hosting.ApplicationModel;

/// <summary>Fills the environment of a resource just before each start, when every address is known.</summary>
public class EnvironmentCallbackAnnotation : IResourceAnnotation
{
    /// <summary>Takes an asynchronous callback.</summary>
    public EnvironmentCallbackAnnotation(Func<EnvironmentCallbackContext, Task> callback) =>
        Callback = callback ?? throw new ArgumentNullException(nameof(callback));

    /// <summary>Takes a synchronous callback.</summary>
    public EnvironmentCallbackAnnotation(Action<EnvironmentCallbackContext> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        Callback = context =>
        {
            callback(context);
            return Task.CompletedTask;
        };
    }

    /// <summary>The callback.</summary>
    public Func<EnvironmentCallbackContext, Task> Callback { get; }
}
