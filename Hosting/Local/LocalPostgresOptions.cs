namespace Aspire.Hosting.Local;

/// <summary>What a program wants of its own PostgreSQL server.</summary>
public sealed record LocalPostgresOptions
{
    /// <summary>The folder that keeps the data, laid out as AppHost's own; null for a new one that is deleted at the end.</summary>
    public string? DataPath { get; init; }

    /// <summary>Whether the data need not survive a power cut: nothing is forced to the disk then, which tests want.</summary>
    public bool Throwaway { get; init; }

    /// <summary>Another folder whose <c>node_modules</c> may hold the server from npm; the program's own is always looked at.</summary>
    public string ProgramFolder { get; init; } = AppContext.BaseDirectory;

    /// <summary>The database of the program; it is created when it is missing.</summary>
    public required string DatabaseName { get; init; }

    /// <summary>
    /// What names the schema that <see cref="FillTemplate"/> makes. The first start on a machine fills a folder with it, and every new data folder is a copy of
    /// that: much faster than setting up a server anew. Null: no such folder is kept.
    /// </summary>
    public string? TemplateKey { get; init; }

    /// <summary>Makes the schema, given the connection string of the empty database.</summary>
    public Func<string, CancellationToken, Task>? FillTemplate { get; init; }
}
