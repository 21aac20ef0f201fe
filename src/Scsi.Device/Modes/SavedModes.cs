using System.Text.Json;

namespace Blockwire.Scsi.Device.Modes;

/// <summary>
/// The saved values of the mode pages of a logical unit, kept as a document (SPC-4 §5.10): <c>{ "pages": ["080A...", ...] }</c>, each page in hexadecimal.
/// </summary>
#pragma warning disable CA1001 // a semaphore whose wait handle nobody asks for has nothing to dispose
internal sealed class SavedModes
#pragma warning restore CA1001
{
    /// <summary>Name of the document.</summary>
    public const string DocumentName = "mode-pages";

    private const string PagesProperty = "pages";

    private readonly ModeState _modes;
    private readonly IUnitStateStore _store;
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Reads what was saved, which the pages have from now on.</summary>
    /// <exception cref="UnitStateException">It cannot be read, or is not what <see cref="SaveAsync"/> wrote.</exception>
    public SavedModes(ModeState modes, IUnitStateStore store)
    {
        (_modes, _store) = (modes, store);
        if (store.Read(DocumentName) is { } document)
        {
            modes.Saved(Parse(document));
            modes.Reset();
        }
    }

    /// <summary>Saves the pages as they are now; afterwards a reset brings them back.</summary>
    /// <exception cref="UnitStateException">They could not be kept; the saved values are those from before.</exception>
    public async ValueTask SaveAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            IReadOnlyList<byte[]> pages = _modes.ToSave();
            await _store.ReplaceAsync(DocumentName, Write(pages)).ConfigureAwait(false);
            _modes.Saved(pages);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static ReadOnlyMemory<byte> Write(IReadOnlyList<byte[]> pages)
    {
        using MemoryStream document = new();
        using (Utf8JsonWriter writer = new(document, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteStartArray(PagesProperty);
            foreach (byte[] page in pages)
            {
                writer.WriteStringValue(Convert.ToHexString(page));
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return document.ToArray();
    }

    private static List<byte[]> Parse(byte[] document)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(document);
            return [.. json.RootElement.GetProperty(PagesProperty).EnumerateArray().Select(page => Convert.FromHexString(page.GetString() ?? ""))];
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new UnitStateException($"the saved mode pages are not what was saved ({failure.Message}): remove the document '{DocumentName}'", failure);
        }
    }
}
