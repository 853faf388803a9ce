namespace Aspire.Hosting.ApplicationModel;

/// <summary>Marks a server that this run does without: nobody is told its address, and nobody waits for it.</summary>
internal sealed class AbsentAnnotation : IResourceAnnotation { }
