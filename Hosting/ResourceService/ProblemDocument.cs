namespace Aspire.Hosting.ResourceService;

/// <summary>An error, in the form of RFC 9457.</summary>
internal sealed record ProblemDocument(int Status, string Code, string Title);
