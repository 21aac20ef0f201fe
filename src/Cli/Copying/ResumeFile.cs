using System.Text.Json;
using System.Text.Json.Nodes;

namespace Blockwire.Cli.Copying;

/// <summary>What an interrupted copy needs to go on: what it copied, and how far it is on the target's stable storage. Replaced as a whole each time.</summary>
/// <param name="file">Where it is kept.</param>
internal sealed class ResumeFile(FileInfo file)
{
    private const int Form = 1;

    private JsonObject _facts = [];

    /// <summary>Up to where the copy is made; 0 at the beginning.</summary>
    public long Done { get; private set; }

    /// <summary>The target was new when the copy began.</summary>
    public bool TargetWasNew { get; private set; }

    /// <summary>Reads what is there, or begins.</summary>
    /// <exception cref="CliException">It is of another copy, cannot be read, or cannot be written.</exception>
    public void Open(CopyEnd source, CopyEnd target)
    {
        _facts = new JsonObject
        {
            ["blockwireCopy"] = Form,
            ["source"] = source.Identity,
            ["sourceBytes"] = source.LengthBytes,
            ["sourceVersion"] = source.Version,
            ["target"] = target.Identity,
            ["targetBytes"] = target.LengthBytes,
        };
        TargetWasNew = target.IsNew;
        if (File.Exists(file.FullName))
        {
            Continue(target);
        }
        else
        {
            Save(0);
        }
    }

    /// <summary>Notes how far it is.</summary>
    public void Save(long done)
    {
        Done = done;
        JsonObject state = (JsonObject)_facts.DeepClone();
        state["targetWasNew"] = TargetWasNew;
        state["done"] = done;
        string temporary = file.FullName + ".new";
        try
        {
            using (FileStream stream = new(temporary, FileMode.Create))
            {
                using (Utf8JsonWriter json = new(stream))
                {
                    state.WriteTo(json);
                }

                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, file.FullName, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{file}: the state of the copy cannot be written: {failure.Message}", failure);
        }
    }

    /// <summary>The copy is made.</summary>
    public void Delete() => file.Delete();

    private void Continue(CopyEnd target)
    {
        (JsonObject state, bool targetWasNew, long done) = Read();
        foreach ((string name, JsonNode? value) in _facts)
        {
            if (!JsonNode.DeepEquals(value, state[name]))
            {
                string what = name.StartsWith("source", StringComparison.Ordinal) ? "the source" : "the target";
                throw new CliException($"{file}: {what} is not what it was when this copy began ({name} was {Shown(state[name])} and is {Shown(value)}); delete the file to begin anew");
            }
        }

        // A target that was made again since has nothing of what was copied.
        if (target.IsNew)
        {
            throw new CliException($"{file}: the target of this copy has gone; delete the file to begin anew");
        }

        if (done < 0 || done > target.LengthBytes)
        {
            throw new CliException($"{file}: it says that {done} bytes of {target.LengthBytes} are copied, which cannot be; delete the file to begin anew");
        }

        (TargetWasNew, Done) = (targetWasNew, done);
    }

    private (JsonObject State, bool TargetWasNew, long Done) Read()
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(file.FullName)) as JsonObject is { } state && state.ContainsKey("blockwireCopy")
                ? (state, (bool?)state["targetWasNew"] ?? false, (long?)state["done"] ?? 0)
                : throw new JsonException("another file");
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            // The last three: a value of another type, and a name that is there twice.
            throw new CliException($"{file}: this is not the state of a copy; give --resume another file, or delete it", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{file}: the state of the copy cannot be read: {failure.Message}", failure);
        }
    }

    private static string Shown(JsonNode? value) => value?.ToString() ?? "nothing";
}
