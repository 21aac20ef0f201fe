using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Blockwire.Cli.CommandLine;

namespace Blockwire.Cli.Configuration;

/// <summary>
/// Compares a JSON document with the sections that it is to become, so that every slip is named with its JSON path. The sections
/// themselves are the schema.
/// </summary>
internal static class ConfigurationShape
{
    /// <summary>The first difference as "PATH: what is wrong", or null.</summary>
    public static string? FindProblem(JsonElement element, JsonTypeInfo type, string path = "$") =>
        type.Kind switch
        {
            JsonTypeInfoKind.Object when element.ValueKind == JsonValueKind.Object => FindInObject(element, type, path),
            JsonTypeInfoKind.Object => $"{path}: an object is wanted here",
            JsonTypeInfoKind.Enumerable when element.ValueKind == JsonValueKind.Array => FindInArray(element, type, path),
            JsonTypeInfoKind.Enumerable => $"{path}: an array is wanted here",
            _ => FindInValue(element, Nullable.GetUnderlyingType(type.Type) ?? type.Type) is { } wanted ? $"{path}: {wanted} is wanted here" : null,
        };

    private static string? FindInObject(JsonElement element, JsonTypeInfo type, string path)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (JsonProperty property in element.EnumerateObject())
        {
            JsonPropertyInfo? section = type.Properties.FirstOrDefault(it => it.Name == property.Name);
            if (section is null)
            {
                string[] names = [.. type.Properties.Select(static it => it.Name)];
                string guess = Suggestion.For(property.Name, names);
                string known = $"{(guess.Length > 0 ? " Known" : "; known")} here: {string.Join(", ", names)}";
                return $"{path}.{property.Name}: unknown property '{property.Name}'{guess}{known}";
            }

            if (!seen.Add(property.Name))
            {
                return $"{path}.{property.Name}: given twice";
            }

            if (FindProblem(property.Value, Info(section.PropertyType), $"{path}.{property.Name}") is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private static string? FindInArray(JsonElement element, JsonTypeInfo type, string path)
    {
        int at = 0;
        foreach (JsonElement item in element.EnumerateArray())
        {
            if (FindProblem(item, Info(type.ElementType!), $"{path}[{at++}]") is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    /// <summary>What the value should have been, or null when it is that.</summary>
    private static string? FindInValue(JsonElement element, Type type)
    {
        bool isNumber = element.ValueKind == JsonValueKind.Number;
        return Type.GetTypeCode(type) switch
        {
            TypeCode.String => element.ValueKind == JsonValueKind.String ? null : "a text",
            TypeCode.Boolean => element.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "true or false",
            TypeCode.UInt16 => isNumber && element.TryGetUInt16(out _) ? null : $"a whole number from 0 to {ushort.MaxValue}",
            TypeCode.UInt32 => isNumber && element.TryGetUInt32(out _) ? null : $"a whole number from 0 to {uint.MaxValue}",
            TypeCode.Int32 => isNumber && element.TryGetInt32(out _) ? null : $"a whole number up to {int.MaxValue}",
            TypeCode.Double => isNumber ? null : "a number",
            _ => throw new NotSupportedException($"No rule for a configuration value of type {type}."),
        };
    }

    private static JsonTypeInfo Info(Type type) =>
        ConfigurationContext.Default.GetTypeInfo(type)
        ?? throw new NotSupportedException($"{type} is not a configuration section.");
}
