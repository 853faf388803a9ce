namespace Slipway.Registry.Api.Formats;

/// <summary>A node of a YAML document, with the number of nodes that it stands for once aliases are followed.</summary>
internal abstract record YamlValue(long NodeCount)
{
    /// <summary>The text of a scalar; null for another node, and for a plain <c>null</c>.</summary>
    public string? AsText => this is YamlText { IsNull: false } text ? text.Value : null;

    /// <summary>A member of a mapping; null where this is none, or has no such member.</summary>
    public YamlValue? this[string key] => this is YamlMap map ? map.Members.GetValueOrDefault(key) : null;
}

/// <summary>A scalar.</summary>
internal sealed record YamlText(string Value, bool IsPlain) : YamlValue(1)
{
    public bool IsNull => IsPlain && Value is "" or "~" or "null" or "Null" or "NULL";
}

/// <summary>A mapping; its keys are scalars, in their order.</summary>
internal sealed record YamlMap(OrderedDictionary<string, YamlValue> Members, long NodeCount) : YamlValue(NodeCount);

/// <summary>A sequence.</summary>
internal sealed record YamlList(IReadOnlyList<YamlValue> Items, long NodeCount) : YamlValue(NodeCount);
