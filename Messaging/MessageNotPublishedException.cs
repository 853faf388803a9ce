namespace Slipway.Messaging;

/// <summary>A message was not published (or it is not known to be): the caller keeps it and tries again later.</summary>
public sealed class MessageNotPublishedException : Exception
{
    /// <summary>Creates the exception.</summary>
    public MessageNotPublishedException(string message, Exception? inner = null)
        : base(message, inner) { }
}
