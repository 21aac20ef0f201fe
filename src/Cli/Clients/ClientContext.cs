using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blockwire.Cli.Logging;
using Blockwire.Initiator;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Clients;

/// <summary>What a client command works with.</summary>
/// <param name="Connector">Reaches targets.</param>
/// <param name="Output">Standard output, for text.</param>
/// <param name="Error">Standard error, for progress.</param>
/// <param name="Json">The result is wanted as JSON.</param>
/// <param name="Logger">The log.</param>
internal sealed record ClientContext(IscsiConnector Connector, TextWriter Output, TextWriter Error, bool Json, ILogger Logger)
{
    private static readonly JsonWriterOptions JsonForm = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Prints an object on a line of its own.</summary>
    public async Task WriteJsonAsync(JsonObject result)
    {
        ArrayBufferWriter<byte> bytes = new();
        await using (Utf8JsonWriter json = new(bytes, JsonForm))
        {
            result.WriteTo(json);
        }

        await Output.WriteLineAsync(Encoding.UTF8.GetString(bytes.WrittenSpan));
        await Output.FlushAsync();
    }

    /// <summary>Prints lines. What a target says of itself does not act on the terminal that shows it.</summary>
    public async Task WriteAsync(string text)
    {
        await Output.WriteAsync(TerminalText.Lines(text));
        await Output.FlushAsync();
    }
}
