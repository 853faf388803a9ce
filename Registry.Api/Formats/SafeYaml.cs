using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Slipway.Registry.Api.Formats;

/// <summary>
/// Reads YAML that strangers wrote into plain values: no tags but those of YAML's own scalars and collections, so that no object is ever made, and limits on size,
/// depth, aliases and the number of nodes that aliases stand for. What goes past them is an <see cref="InvalidDataException"/>.
/// </summary>
internal sealed class SafeYaml
{
    private const int MaxDepth = 32;
    private const int MaxAliases = 1000;
    private const long MaxNodes = 100_000;
    private const string CorePrefix = "tag:yaml.org,2002:";
    private static readonly string[] s_coreTags = ["str", "int", "float", "bool", "null", "seq", "map", "timestamp", "binary"];

    private readonly Parser _parser;
    private readonly Dictionary<string, YamlValue> _anchors = new(StringComparer.Ordinal);
    private int _aliases;
    private long _nodes;

    private SafeYaml(TextReader reader) => _parser = new Parser(reader);

    /// <summary>The first document; null for an empty one.</summary>
    public static YamlValue? Read(TextReader reader)
    {
        try
        {
            var yaml = new SafeYaml(reader);
            while (yaml._parser.MoveNext())
            {
                if (yaml._parser.Current is NodeEvent or AnchorAlias)
                {
                    return yaml.ReadNode(0);
                }
            }
            return null;
        }
        catch (YamlException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    /// <summary>Reads the node at which the parser stands, and leaves it at the node's end.</summary>
    private YamlValue ReadNode(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidDataException($"it is nested deeper than {MaxDepth} levels");
        }
        var current = _parser.Current!;
        if (current is AnchorAlias alias)
        {
            return Count(Resolve(alias));
        }
        var node = (NodeEvent)current;
        CheckTag(node);
        YamlValue value = node switch
        {
            Scalar scalar => new YamlText(scalar.Value, scalar.Style == ScalarStyle.Plain),
            SequenceStart => ReadList(depth),
            _ => ReadMap(depth),
        };
        if (!node.Anchor.IsEmpty)
        {
            // Known only from here on: a node cannot hold itself.
            _anchors[node.Anchor.Value] = value;
        }
        if (node is Scalar)
        {
            Count(value);
        }
        return value;
    }

    private YamlList ReadList(int depth)
    {
        var items = new List<YamlValue>();
        var count = 1L;
        while (Next() is not SequenceEnd)
        {
            items.Add(ReadNode(depth + 1));
            count += items[^1].NodeCount;
        }
        return new YamlList(items, count);
    }

    private YamlMap ReadMap(int depth)
    {
        var members = new OrderedDictionary<string, YamlValue>(StringComparer.Ordinal);
        var count = 1L;
        while (Next() is not MappingEnd)
        {
            if (ReadNode(depth + 1) is not YamlText key)
            {
                throw new InvalidDataException("a key of a mapping is not a scalar");
            }
            Next();
            var value = ReadNode(depth + 1);
            count += 1 + value.NodeCount;
            members[key.Value] = value;
        }
        return new YamlMap(members, count);
    }

    private YamlValue Resolve(AnchorAlias alias)
    {
        if (++_aliases > MaxAliases)
        {
            throw new InvalidDataException($"it uses more than {MaxAliases} aliases");
        }
        return _anchors.GetValueOrDefault(alias.Value.Value)
            ?? throw new InvalidDataException($"the alias '{alias.Value.Value}' stands for nothing, or for a node that holds it");
    }

    private YamlValue Count(YamlValue value)
    {
        _nodes += value.NodeCount;
        return _nodes <= MaxNodes
            ? value
            : throw new InvalidDataException($"it stands for more than {MaxNodes} nodes once its aliases are followed");
    }

    private ParsingEvent Next() => _parser.MoveNext() ? _parser.Current! : throw new InvalidDataException("it ends within a node");

    private static void CheckTag(NodeEvent node)
    {
        if (node.Tag.IsEmpty || node.Tag.IsNonSpecific)
        {
            return;
        }
        var tag = node.Tag.Value;
        if (!tag.StartsWith(CorePrefix, StringComparison.Ordinal) || !s_coreTags.Contains(tag[CorePrefix.Length..], StringComparer.Ordinal))
        {
            throw new InvalidDataException("it uses YAML tags that would create objects, which a model description has no need of");
        }
    }
}
