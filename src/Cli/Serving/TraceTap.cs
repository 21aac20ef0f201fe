using System.Net;
using Blockwire.Trace.Capture;
using Blockwire.Transport;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Serving;

/// <summary>Lets a capture file listen to the connections of a server: what `--trace` does.</summary>
internal sealed class TraceTap(CaptureFile capture) : ITransportTap
{
    /// <summary>Opens the file of `--trace`; null when none was asked for.</summary>
    /// <exception cref="CliException">The file cannot be written.</exception>
    public static CaptureFile? Open(FileInfo? file, ILogger logger)
    {
        if (file is null)
        {
            return null;
        }

        try
        {
            CaptureFile capture = new(
                CaptureFile.CreateStream(file.FullName),
                $"blockwire {typeof(TraceTap).Assembly.GetName().Version?.ToString(3)}",
                onFailure: failure => logger.LogError("the capture {File} ends here: {Reason}; serving goes on", file, failure.Message));
            logger.LogWarning("everything goes into the capture {File}: data of the disks and CHAP exchanges too", file);
            return capture;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new CliException($"cannot write the capture '{file}': {failure.Message}", failure);
        }
    }

    /// <summary>Closes the file and says when it lacks something.</summary>
    public static void Close(CaptureFile? capture, ILogger logger)
    {
        capture?.Dispose();
        if (capture is { Failure: null, LostSegments: > 0 })
        {
            logger.LogWarning("the capture lacks {Count} segments, marked where they are missing: its file could not be written fast enough", capture.LostSegments);
        }
    }

    public IConnectionTap Open(IPEndPoint local, IPEndPoint remote, bool accepted) => new Connection(capture.Open(local, remote, accepted));

    private sealed class Connection(CaptureConnection connection) : IConnectionTap
    {
        public void Received(ReadOnlySpan<byte> bytes) => connection.Received(bytes);

        public void Sent(ReadOnlySpan<byte> bytes) => connection.Sent(bytes);

        public void ReceivedEnd() => connection.ReceivedEnd();

        public void SentEnd() => connection.SentEnd();

        public void Closed() => connection.Closed();
    }
}
