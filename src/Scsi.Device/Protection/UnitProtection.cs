using System.Text.Json;
using Blockwire.Scsi.Device.Modes;

namespace Blockwire.Scsi.Device.Protection;

/// <summary>
/// With which type of protection a logical unit is formatted (SBC-3 §4.21.2), kept over a loss of power where it has a place for its state. Units whose disks keep no
/// protection information have no such object. Safe for calls from many threads.
/// </summary>
internal sealed class UnitProtection
{
    /// <summary>Name of the document.</summary>
    public const string DocumentName = "protection";

    private readonly IUnitStateStore? _store;
    private readonly ModeState _modes;
    private ProtectionType _formatted;
    private volatile ProtectionType _type;

    /// <summary>Takes up what was kept.</summary>
    /// <param name="first">The type where nothing was kept yet.</param>
    /// <param name="store">Where it is kept; null keeps nothing.</param>
    /// <param name="modes">Who owns the application tags.</param>
    /// <exception cref="UnitStateException">What was kept cannot be read.</exception>
    public UnitProtection(ProtectionType first, IUnitStateStore? store, ModeState modes)
    {
        _store = store;
        _modes = modes;
        _formatted = Read(store) ?? first;
        _type = _formatted;
    }

    /// <summary>The type; none while something is done to the whole medium, which takes all protection information away.</summary>
    public ProtectionType Type => _type;

    /// <summary>ATO of the control page: the device server leaves application tags alone.</summary>
    public bool InitiatorsOwnTags => _modes.InitiatorsOwnTags;

    /// <summary>DPICZ of the control page is 0: what is read without protection information is checked.</summary>
    public bool ChecksPlainReads => !_modes.SkipsChecksWithoutProtection;

    /// <summary>Something begins with the whole medium: blocks are written without protection information.</summary>
    public void Suspend() => _type = ProtectionType.None;

    /// <summary>The medium has been formatted anew: keeps the type, which counts after <see cref="Resume"/>.</summary>
    /// <returns>Whether it is another than before.</returns>
    /// <exception cref="UnitStateException">It could not be kept; the former type counts.</exception>
    public async ValueTask<bool> KeepAsync(ProtectionType type)
    {
        if (_store is not null)
        {
            await _store.ReplaceAsync(DocumentName, Write(type)).ConfigureAwait(false);
        }

        bool changes = type != _formatted;
        _formatted = type;
        return changes;
    }

    /// <summary>The end of <see cref="Suspend"/>.</summary>
    public void Resume() => _type = _formatted;

    private static byte[] Write(ProtectionType type)
    {
        using MemoryStream document = new();
        using (Utf8JsonWriter writer = new(document))
        {
            writer.WriteStartObject();
            writer.WriteNumber("type", (int)type);
            writer.WriteEndObject();
        }

        return document.ToArray();
    }

    private static ProtectionType? Read(IUnitStateStore? store)
    {
        if (store?.Read(DocumentName) is not { } document)
        {
            return null;
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(document);
            int type = json.RootElement.GetProperty("type").GetInt32();
            return type is >= 0 and <= (int)ProtectionType.Type3 ? (ProtectionType)type : throw new FormatException($"{type} is no type of protection");
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new UnitStateException($"the type of protection is not what was kept ({failure.Message}): remove the document '{DocumentName}'", failure);
        }
    }
}
