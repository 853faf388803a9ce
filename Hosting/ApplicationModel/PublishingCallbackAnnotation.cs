namespace Aspire.Hosting.ApplicationModel;

/// <summary>Publishes the application to the place that the annotated resource stands for.</summary>
internal sealed class PublishingCallbackAnnotation(Func<PublishingContext, Task> callback) : IResourceAnnotation
{
    public Func<PublishingContext, Task> Callback { get; } = callback;
}
