// Reads files with Java's standard library. See helpers/readers.rs for the lines that come in and go out.

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

public class Reader {
    /** As Latin-1, which is what Java takes a stream of bytes for, and as UTF-8. */
    static List<String> properties(byte[] file) throws Exception {
        Properties bytes = new Properties();
        bytes.load(new ByteArrayInputStream(file));
        Properties text = new Properties();
        text.load(new InputStreamReader(new ByteArrayInputStream(file), StandardCharsets.UTF_8));
        String password = text.getProperty("password");
        if (!bytes.equals(text) || text.size() != 4) throw new Exception("read in two ways");
        for (String key : List.of("spaced", "colon")) {
            if (!text.getProperty(key).equals(password)) throw new Exception("another " + key);
        }
        return List.of(password, text.getProperty("user"));
    }

    static List<String> maven_settings(byte[] file) throws Exception {
        Document document =
            DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(file));
        Element server = (Element) document.getElementsByTagName("server").item(0);
        String password = child(server, "password").getTextContent();
        for (String name : List.of("one", "two")) {
            if (!child(server, name).getAttribute("password").equals(password)) throw new Exception("another " + name);
        }
        return List.of(password, child(server, "filePermissions").getTextContent());
    }

    static Element child(Element parent, String name) {
        return (Element) parent.getElementsByTagName(name).item(0);
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        StringBuilder out = new StringBuilder();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] parts = line.split(" ", 2);
            byte[] file = Base64.getDecoder().decode(parts[1]);
            try {
                List<String> fields = parts[0].equals("properties") ? properties(file) : maven_settings(file);
                List<String> encoded = new ArrayList<>();
                for (String field : fields) {
                    byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
                    encoded.add("=" + Base64.getEncoder().encodeToString(bytes));
                }
                out.append(String.join(" ", encoded));
            } catch (Exception error) {
                out.append("!").append(error.toString().replace("\n", " "));
            }
            out.append("\n");
        }
        System.out.print(out);
    }
}
