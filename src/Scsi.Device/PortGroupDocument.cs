using System.Buffers;
using System.Text.Json;
using Blockwire.Scsi;

namespace Blockwire.Scsi.Device;

/// <summary>The asymmetric access states that initiators have set, as the document that outlives the server: <c>{ "groups": [{ "tag": 1, "state": 2 }] }</c>.</summary>
internal static class PortGroupDocument
{
    /// <summary>Name of the document.</summary>
    public const string Name = "port-groups";

    private const string GroupsName = "groups", TagName = "tag", StateName = "state";

    /// <summary>The document.</summary>
    public static byte[] Write(IEnumerable<(ushort Group, AccessState State)> groups)
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes, new() { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray(GroupsName);
            foreach ((ushort group, AccessState state) in groups)
            {
                json.WriteStartObject();
                json.WriteNumber(TagName, group);
                json.WriteNumber(StateName, (byte)state);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Reads a document.</summary>
    /// <exception cref="UnitStateException">It is no such document, or has a state that nobody can set.</exception>
    public static IReadOnlyList<(ushort Group, AccessState State)> Read(ReadOnlyMemory<byte> document)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(document);
            List<(ushort, AccessState)> groups = [];
            foreach (JsonElement element in json.RootElement.GetProperty(GroupsName).EnumerateArray())
            {
                AccessState state = (AccessState)element.GetProperty(StateName).GetByte();
                groups.Add((element.GetProperty(TagName).GetUInt16(), CanBeSet(state) ? state : throw new FormatException($"state {(byte)state} cannot be set")));
            }

            return groups;
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new UnitStateException($"the states of the port groups are not what was kept ({failure.Message}): remove the document '{Name}'", failure);
        }
    }

    /// <summary>May SET TARGET PORT GROUPS ask for a state (SPC-4 §6.45)? The others are the target's own to be in.</summary>
    public static bool CanBeSet(AccessState state) =>
        state is AccessState.ActiveOptimized or AccessState.ActiveNonOptimized or AccessState.Standby or AccessState.Unavailable;
}
