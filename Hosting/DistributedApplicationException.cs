namespace Aspire.Hosting;

/// <summary>A mistake in the model, or a machine that cannot run it: the message says what to change.</summary>
public class DistributedApplicationException : Exception
{
    /// <summary>Without a message.</summary>
    public DistributedApplicationException() { }

    /// <summary>With a message that says what to change.</summary>
    public DistributedApplicationException(string message)
        : base(message) { }

    /// <summary>With a message, and the cause.</summary>
    public DistributedApplicationException(string message, Exception inner)
        : base(message, inner) { }
}
