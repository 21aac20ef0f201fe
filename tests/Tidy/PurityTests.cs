using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Blockwire.Tidy.Tests;

/// <summary>
/// What the layers must not touch, read from the type references of the built assemblies: neither an alias nor a comment can hide or
/// fake one there.
/// </summary>
public sealed class PurityTests
{
    private static readonly string[] SocketTypes =
        ["Socket", "SocketAsyncEventArgs", "NetworkStream", "TcpClient", "TcpListener", "UdpClient"];

    [Theory]
    [InlineData("Wire")]
    [InlineData("Protocol")]
    [InlineData("Scsi")]
    public void A_core_knows_no_socket_no_task_no_clock_and_no_log(string layer) =>
        WorkingCopy.AssertNone(
            TypesUsedBy(layer).Where(static it =>
                it.Space.StartsWith("System.Net", StringComparison.Ordinal)
                || it.Space.StartsWith("System.IO", StringComparison.Ordinal)
                || it.Space.StartsWith("System.Threading.Tasks", StringComparison.Ordinal)
                || it.Space.StartsWith("Microsoft.Extensions.Logging", StringComparison.Ordinal)
                || it is { Space: "System.Threading", Name: "Thread" or "ThreadPool" or "Timer" }
                || it is { Space: "System", Name: "DateTime" or "DateTimeOffset" or "TimeProvider" or "Console" or "Random" }
                || it is { Space: "System.Diagnostics", Name: "Stopwatch" or "Process" })
                .Where(static it => it is not { Space: "System.Net", Name: "IPAddress" or "IPEndPoint" } and not { Space: "System.Net.Sockets", Name: "AddressFamily" })
                .Select(static it => $"{it.Space}.{it.Name}"),
            $"Blockwire.{layer} is a core; it uses:");

    [Theory]
    [InlineData("Storage")]
    [InlineData("Scsi.Device")]
    [InlineData("Target")]
    [InlineData("Initiator")]
    [InlineData("Trace")]
    [InlineData("Cli")]
    public void Only_Transport_knows_a_socket(string layer) =>
        WorkingCopy.AssertNone(
            TypesUsedBy(layer).Where(static it => it.Space == "System.Net.Sockets" && SocketTypes.Contains(it.Name)).Select(static it => it.Name),
            $"Blockwire.{layer} leaves sockets to Transport; it uses:");

    [Fact]
    public void Transport_does_use_sockets_so_the_rule_above_can_fail() =>
        Assert.Contains(TypesUsedBy("Transport"), static it => it is { Space: "System.Net.Sockets", Name: "Socket" });

    private static List<(string Space, string Name)> TypesUsedBy(string layer)
    {
        string assembly = layer == "Cli" ? "blockwire" : $"Blockwire.{layer}";
        using PEReader file = new(File.OpenRead(Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll")));
        MetadataReader metadata = file.GetMetadataReader();
        return
        [
            .. metadata.TypeReferences.Select(metadata.GetTypeReference)
                .Select(it => (metadata.GetString(it.Namespace), metadata.GetString(it.Name))),
        ];
    }
}
