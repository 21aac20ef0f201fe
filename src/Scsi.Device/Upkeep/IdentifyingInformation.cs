using System.Text.Json;

namespace Blockwire.Scsi.Device.Upkeep;

/// <summary>What an application client had a logical unit remember of itself (SPC-4 §5.6), kept as a document.</summary>
#pragma warning disable CA1001 // a semaphore whose wait handle nobody asks for has nothing to dispose
internal sealed class IdentifyingInformation
#pragma warning restore CA1001
{
    /// <summary>Name of the document.</summary>
    public const string DocumentName = "identifying-information";

    private const int Types = 2;

    private readonly IUnitStateStore _store;
    private readonly SemaphoreSlim _turn = new(1);
    private volatile byte[][] _values = [[], []];

    /// <summary>Reads what was kept.</summary>
    /// <exception cref="UnitStateException">It cannot be read, or is not what <see cref="SetAsync"/> wrote.</exception>
    public IdentifyingInformation(IUnitStateStore store)
    {
        _store = store;
        if (store.Read(DocumentName) is not { } document)
        {
            return;
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(document);
            _values = [.. json.RootElement.GetProperty("values").EnumerateArray().Select(value => Convert.FromHexString(value.GetString() ?? ""))];
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw NotOurs(failure.Message, failure);
        }

        if (_values.Length != Types || _values[0].Length > MostBytes(0) || _values[1].Length > MostBytes(1))
        {
            throw NotOurs("there are not two values, or they are too long", null);
        }
    }

    /// <summary>Longest value of a type in bytes: 64 of the logical unit's, 256 of text (SPC-4 table 221).</summary>
    /// <param name="type">0 for the logical unit's information, 1 for text.</param>
    public static int MostBytes(int type) => type == 0 ? 64 : 256;

    /// <summary>The value of a type; empty when none was set.</summary>
    /// <param name="type">0 for the logical unit's information, 1 for text.</param>
    public ReadOnlySpan<byte> Get(int type) => _values[type];

    /// <summary>Sets the value of a type, on stable storage when this completes.</summary>
    /// <exception cref="UnitStateException">It could not be kept; the old value stays.</exception>
    public async ValueTask SetAsync(int type, byte[] value, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            byte[][] values = [.. _values];
            values[type] = value;
            await _store.ReplaceAsync(DocumentName, Write(values)).ConfigureAwait(false);
            _values = values;
        }
        finally
        {
            _turn.Release();
        }
    }

    private static UnitStateException NotOurs(string why, Exception? cause) =>
        new($"the identifying information is not what was kept ({why}): remove the document '{DocumentName}'", cause);

    private static byte[] Write(byte[][] values)
    {
        using MemoryStream document = new();
        using (Utf8JsonWriter writer = new(document, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("values");
            foreach (byte[] value in values)
            {
                writer.WriteStringValue(Convert.ToHexString(value));
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return document.ToArray();
    }
}
