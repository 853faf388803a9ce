using System.Text.Json;

namespace Aspire.Hosting.Secrets;

/// <summary>Generated passwords, in a file that only the user can read; without a path they are forgotten at the end.</summary>
internal sealed class SecretStore(string? path)
{
    private readonly Lock _lock = new();
    private SortedDictionary<string, string>? _values;

    public string GetOrAdd(string key, Func<string> create)
    {
        lock (_lock)
        {
            _values ??= Load();
            if (!_values.TryGetValue(key, out var value))
            {
                value = _values[key] = create();
                Save(_values);
            }

            return value;
        }
    }

    private SortedDictionary<string, string> Load()
    {
        if (path is null || !File.Exists(path))
        {
            return new(StringComparer.Ordinal);
        }

        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize(stream, SecretJsonContext.Default.SortedDictionaryStringString)
                ?? new(StringComparer.Ordinal);
        }
        catch (JsonException exception)
        {
            throw new DistributedApplicationException(
                $"The file of generated passwords, {path}, is damaged. Restore it, or start once with --fresh to begin with empty data.",
                exception
            );
        }
    }

    private void Save(SortedDictionary<string, string> values)
    {
        if (path is null)
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = path + ".new";
        using (var stream = PrivateFile.Create(temporary))
        {
            JsonSerializer.Serialize(stream, values, SecretJsonContext.Default.SortedDictionaryStringString);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
