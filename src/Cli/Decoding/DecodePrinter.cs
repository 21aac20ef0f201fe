using Blockwire.Trace;
using Blockwire.Trace.Output;
using Blockwire.Trace.Streams;

namespace Blockwire.Cli.Decoding;

/// <summary>Prints what `decode` finds, as it finds it.</summary>
internal sealed class DecodePrinter(DecodeArguments arguments, TextWriter output, TextWriter error) : ITraceOutput
{
    public void OnPdu(TracedPdu pdu)
    {
        if (!arguments.OnlyProblems || pdu.Problems.Count > 0)
        {
            Print(arguments.Form switch
            {
                DecodeForm.Json => PduJson.Line(pdu),
                DecodeForm.Brief => PduLines.Brief(pdu),
                _ => PduLines.Full(pdu),
            });
        }
    }

    // With JSON stdout has objects and nothing else.
    public void OnNote(TracedConnection? connection, Moment moment, string text)
    {
        string line = PduLines.Note(connection, moment, text);
        if (arguments.Form == DecodeForm.Json)
        {
            error.Write(line);
            error.Flush();
        }
        else
        {
            Print(line);
        }
    }

    // A reader that has left is no failure, and the console does not tell of it; a disk that is full is one.
    private void Print(string text)
    {
        try
        {
            output.Write(text);
        }
        catch (IOException failure)
        {
            throw new CliException($"cannot write to standard output: {failure.Message}", failure);
        }
    }
}
