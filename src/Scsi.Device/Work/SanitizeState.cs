using System.Text.Json;

namespace Blockwire.Scsi.Device.Work;

/// <summary>A SANITIZE that is kept over a loss of power.</summary>
/// <param name="Operation">What was asked for.</param>
/// <param name="HasFailed">It ended without success; else it is still to be done.</param>
internal sealed record KeptSanitize(MediumOperation Operation, bool HasFailed);

/// <summary>Keeps a SANITIZE as a document, so that neither it nor its failure is forgotten by a loss of power (SBC-3 §4.11).</summary>
internal sealed class SanitizeState(IUnitStateStore store)
{
    /// <summary>Name of the document.</summary>
    public const string DocumentName = "sanitize";

    /// <summary>What is kept; null when there is nothing.</summary>
    /// <exception cref="UnitStateException">It cannot be read, or is not what <see cref="KeepAsync"/> wrote.</exception>
    public KeptSanitize? Read()
    {
        if (store.Read(DocumentName) is not { } document)
        {
            return null;
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(document);
            JsonElement root = json.RootElement;
            if (!root.TryGetProperty("state", out JsonElement state))
            {
                return null;
            }

            bool overwrite = root.GetProperty("operation").GetString() == "overwrite";
            byte[] pattern = Convert.FromHexString(root.GetProperty("pattern").GetString() ?? "");
            MediumOperation operation = new(
                overwrite ? MediumOperationKind.SanitizeOverwrite : MediumOperationKind.SanitizeBlockErase,
                pattern,
                root.GetProperty("passes").GetInt32(),
                root.GetProperty("invert").GetBoolean(),
                root.GetProperty("allowsExit").GetBoolean());
            return operation.Passes is < 1 or > 31
                ? throw new FormatException("the number of passes is not 1 to 31")
                : new KeptSanitize(operation, state.GetString() == "failed");
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new UnitStateException($"the state of SANITIZE is not what was kept ({failure.Message}): remove the document '{DocumentName}'", failure);
        }
    }

    /// <summary>Keeps one in the place of what was kept before.</summary>
    /// <exception cref="UnitStateException">It could not be kept.</exception>
    public ValueTask KeepAsync(KeptSanitize sanitize) => WriteAsync(sanitize);

    /// <summary>It has ended: a failure is kept, a success is not.</summary>
    /// <exception cref="UnitStateException">It could not be kept.</exception>
    public ValueTask EndAsync(MediumOperation operation, bool hasFailed) => WriteAsync(hasFailed ? new(operation, HasFailed: true) : null);

    /// <summary>It is over.</summary>
    /// <exception cref="UnitStateException">That it is over could not be kept.</exception>
    public ValueTask ForgetAsync() => WriteAsync(null);

    private async ValueTask WriteAsync(KeptSanitize? sanitize)
    {
        using MemoryStream document = new();
        using (Utf8JsonWriter writer = new(document, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            if (sanitize is { } kept)
            {
                writer.WriteString("state", kept.HasFailed ? "failed" : "begun");
                writer.WriteString("operation", kept.Operation.Kind == MediumOperationKind.SanitizeOverwrite ? "overwrite" : "block erase");
                writer.WriteString("pattern", Convert.ToHexString(kept.Operation.Pattern));
                writer.WriteNumber("passes", kept.Operation.Passes);
                writer.WriteBoolean("invert", kept.Operation.Invert);
                writer.WriteBoolean("allowsExit", kept.Operation.AllowsExit);
            }

            writer.WriteEndObject();
        }

        await store.ReplaceAsync(DocumentName, document.ToArray()).ConfigureAwait(false);
    }
}
